// Random operations beside a plain buffer: reads, writes, trims and zeroing of any length and
// alignment, several in flight, with restarts between. What the lender says is what the buffer says.

import { expect, test } from 'vitest';
import { FUA, type NbdClient } from './client.ts';
import { startLender } from './daemon.ts';
import { makePage, PAGE_BYTES, Random } from './pages.ts';

const SLOTS = 96;
const BYTES = SLOTS * PAGE_BYTES;
const STEPS = 700;
const LONG_BYTES_MAX = 12 * PAGE_BYTES;

interface Range {
  readonly offset: number;
  readonly bytes: number;
}

/** Pages, parts of pages, and stretches over several. */
function anyRange(random: Random): Range {
  const slot = random.below(SLOTS);
  if (random.below(3) === 0) return { offset: slot * PAGE_BYTES, bytes: PAGE_BYTES };
  const offset = slot * PAGE_BYTES + random.below(PAGE_BYTES);
  const bytes = 1 + random.below(random.pick([16, PAGE_BYTES, LONG_BYTES_MAX]));
  return { offset, bytes: Math.min(bytes, BYTES - offset) };
}

function anyData(random: Random, bytes: number): Buffer {
  const pages: Buffer[] = [];
  for (let made = 0; made < bytes; made += PAGE_BYTES) pages.push(makePage(random));
  return Buffer.concat(pages).subarray(0, bytes);
}

/** TRIM promises zeroes only for whole slots; NBD leaves the rest of a range open. */
function wholeSlots({ offset, bytes }: Range): Range {
  const from = Math.ceil(offset / PAGE_BYTES) * PAGE_BYTES;
  const to = Math.floor((offset + bytes) / PAGE_BYTES) * PAGE_BYTES;
  return { offset: from, bytes: Math.max(to - from, 0) };
}

async function step(client: NbdClient, model: Buffer, random: Random): Promise<void> {
  const range = anyRange(random);
  const { offset, bytes } = range;
  const choice = random.below(10);
  if (choice < 4) {
    const data = anyData(random, bytes);
    data.copy(model, offset);
    await client.write(offset, data, choice === 0 ? FUA : 0);
  } else if (choice < 8) {
    const data = await client.read(offset, bytes);
    expect(data.equals(model.subarray(offset, offset + bytes)), JSON.stringify(range)).toBe(true);
  } else if (choice === 8) {
    model.fill(0, offset, offset + bytes);
    await client.zero(offset, bytes);
  } else {
    const whole = wholeSlots(range);
    if (whole.bytes === 0) return;
    model.fill(0, whole.offset, whole.offset + whole.bytes);
    await client.trim(whole.offset, whole.bytes);
  }
}

test.each([1, 2, 3])('random operations agree with a buffer, seed %i', async (seed) => {
  const lender = await startLender({ leases: { guest: String(BYTES) } });
  const random = new Random(seed);
  const model = Buffer.alloc(BYTES);
  let client = await lender.connect('guest');
  for (let i = 0; i < STEPS; i++) {
    await step(client, model, random);
    if (i === STEPS >> 1) {
      await client.disconnect();
      await (random.below(2) === 0 ? lender.kill() : lender.stop());
      await lender.start();
      client = await lender.connect('guest');
    }
  }
  expect((await client.read(0, BYTES)).equals(model)).toBe(true);
  await client.disconnect();
});

test('requests in flight on ranges of their own agree with a buffer', async () => {
  const lender = await startLender({ leases: { guest: String(BYTES) } });
  const client = await lender.connect('guest');
  const model = Buffer.alloc(BYTES);
  const lanes = 8;
  const laneSlots = SLOTS / lanes;
  const lane = async (index: number): Promise<void> => {
    const random = new Random(100 + index);
    for (let i = 0; i < 120; i++) {
      const slot = index * laneSlots + random.below(laneSlots);
      const count = 1 + random.below((index + 1) * laneSlots - slot);
      const offset = slot * PAGE_BYTES;
      if (random.below(2) === 0) {
        const data = anyData(random, count * PAGE_BYTES);
        data.copy(model, offset);
        await client.write(offset, data);
      } else {
        const data = await client.read(offset, count * PAGE_BYTES);
        const wanted = model.subarray(offset, offset + count * PAGE_BYTES);
        expect(data.equals(wanted), `slots ${slot}+${count}`).toBe(true);
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index)));
  expect((await client.read(0, BYTES)).equals(model)).toBe(true);
  await client.disconnect();
});

test('of writes and reads of one slot sent at once the last read sees the last write', async () => {
  const lender = await startLender({ leases: { guest: String(BYTES) } });
  const client = await lender.connect('guest');
  const random = new Random(9);
  for (let turn = 0; turn < 100; turn++) {
    const pages = [makePage(random), makePage(random), makePage(random)];
    const offset = random.below(SLOTS) * PAGE_BYTES;
    const answers = pages.flatMap((page) => [
      client.write(offset, page).then(() => page),
      client.read(offset, PAGE_BYTES),
    ]);
    const seen = await Promise.all(answers);
    expect(seen[5]!.equals(pages[2]!)).toBe(true);
    expect((await client.read(offset, PAGE_BYTES)).equals(pages[2]!)).toBe(true);
  }
  await client.disconnect();
});
