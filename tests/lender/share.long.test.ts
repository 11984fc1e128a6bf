// A guest that goes round a working set, beside one that streams and comes back to nothing. Divided by
// what memory gains each, the first keeps its pages; where whoever uses memory has it, it keeps none.

import { randomFillSync } from 'node:crypto';
import { LenderClient } from '@pagelend/daemon';
import { expect, test } from 'vitest';
import { NbdClient } from './client.ts';
import { startLender } from './daemon.ts';
import { tierArgs, tierFolder } from './tier.ts';

const PAGE_BYTES = 4096;
/** Half of each page is noise, so the loop takes some 12 of the pool's 16 MiB. */
const NOISE_BYTES = 2000;
const LOOP_PAGES = 5500;
const STREAM_PAGES = 60_000;
/** The last so many rounds of the loop are counted; the judge has learned by then. */
const ROUNDS = 40;
const COUNTED_ROUNDS = 10;

async function fetchedShare(share: 'off' | 'auto'): Promise<number> {
  const lender = await startLender({
    leases: { loop: '64MiB', stream: '256MiB' },
    memory: '16MiB',
    args: [
      ...tierArgs(`${tierFolder()}/tier`).slice(0, 2),
      '--tier-size',
      '512MiB',
      '--share',
      share,
    ],
  });
  const loop = await NbdClient.connect(lender.socket('loop'), 'loop');
  const stream = await NbdClient.connect(lender.socket('stream'), 'stream');
  const fetched = async () =>
    (await new LenderClient(lender.stateDir).lease('loop')).lease.fetched_pages;
  const page = randomFillSync(Buffer.alloc(PAGE_BYTES), 0, NOISE_BYTES);
  for (let slot = 0; slot < LOOP_PAGES; slot++)
    await loop.write(slot * PAGE_BYTES, stamped(page, slot));
  let isOver = false;
  const streaming = (async () => {
    for (let i = 0; !isOver; i++) {
      const at = (i % STREAM_PAGES) * PAGE_BYTES;
      await stream.write(at, stamped(page, i));
      await stream.read(((i * 7919) % STREAM_PAGES) * PAGE_BYTES, PAGE_BYTES);
    }
  })();
  let before = 0;
  for (let round = 0; round < ROUNDS; round++) {
    if (round === ROUNDS - COUNTED_ROUNDS) before = await fetched();
    for (let slot = 0; slot < LOOP_PAGES; slot++) {
      const read = await loop.read(slot * PAGE_BYTES, PAGE_BYTES);
      if (read.readUInt32LE() !== slot) throw new Error(`slot ${slot} is another page`);
    }
  }
  const after = await fetched();
  isOver = true;
  await streaming;
  await loop.disconnect();
  await stream.disconnect();
  await lender.stop();
  return (after - before) / (COUNTED_ROUNDS * LOOP_PAGES);
}

function stamped(page: Buffer, number: number): Buffer {
  const copy = Buffer.from(page);
  copy.writeUInt32LE(number);
  return copy;
}

test('one greedy guest does not take the memory of another', { timeout: 900_000 }, async () => {
  const off = await fetchedShare('off');
  const auto = await fetchedShare('auto');
  console.info(`pages of the loop read from the tier: ${off} without shares, ${auto} with them`);
  expect(auto).toBeLessThan(off / 2);
});
