// `lease record` against what the clients themselves know to have asked for.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LenderClient, RECORD_KINDS, RequestStreamParser } from '@pagelend/daemon';
import { expect, test } from 'vitest';
import { type NbdClient, READ, TRIM, WRITE, WRITE_ZEROES } from './client.ts';
import { type Lender, startLender } from './daemon.ts';
import { PAGE_BYTES, Random } from './pages.ts';

const PAGELEND =
  process.env.PAGELEND_BIN ??
  fileURLToPath(new URL('../../packages/cli/bin/pagelend.js', import.meta.url));
const MIB = 2 ** 20;

/** `lease record` as a user runs it. */
class Recorder {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown[]>;
  said = '';
  #printed = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#exited = once(child, 'exit');
    child.stdout!.on('data', (chunk: Buffer) => {
      this.#printed += chunk;
    });
    child.stderr!.on('data', (chunk: Buffer) => {
      this.said += chunk;
    });
  }

  /** Settles once each request that is begun from now on is recorded. */
  static async begin(lender: Lender, file: string, ...words: string[]): Promise<Recorder> {
    const verb = ['lease', 'record', 'guest', '-o', file, '--json', ...words];
    const child = spawn(process.execPath, [PAGELEND, ...verb, '--state-dir', lender.stateDir], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const recorder = new Recorder(child);
    while (!recorder.said.includes('recording lease guest')) {
      await Promise.race([once(child.stderr!, 'data'), recorder.#exited]);
      if (child.exitCode !== null) throw new Error(`it ended: ${recorder.said}`);
    }
    return recorder;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Its exit status and what it printed. */
  async end(): Promise<{ status: number; result: Record<string, unknown> }> {
    const [code] = await this.#exited;
    return { status: code as number, result: JSON.parse(this.#printed || '{}') };
  }

  async interrupted(): Promise<Record<string, unknown>> {
    this.signal('SIGINT');
    const { status, result } = await this.end();
    expect(status, this.said).toBe(0);
    return result;
  }
}

function csvOf(file: string): string {
  const words = [PAGELEND, 'trace', 'export', '--format', 'csv', file, '-o', '-'];
  return execFileSync(process.execPath, words, { encoding: 'utf8', maxBuffer: 64 * MIB });
}

type Asked = { type: number; offset: number; bytes: number };

function ask(client: NbdClient, asked: Asked): Promise<Buffer> {
  const isWrite = asked.type === WRITE;
  return client.request({ ...asked, ...(isWrite ? { data: Buffer.alloc(asked.bytes, 7) } : {}) });
}

/** The pages that a request is about, found the slow way: byte by byte. */
function slotsOf({ offset, bytes }: Asked): { touched: number[]; whole: number[] } {
  const counts = new Map<number, number>();
  for (let at = offset; at < offset + bytes; at++) {
    const slot = Math.floor(at / PAGE_BYTES);
    counts.set(slot, (counts.get(slot) ?? 0) + 1);
  }
  const whole = [...counts].filter(([, count]) => count === PAGE_BYTES).map(([slot]) => slot);
  return { touched: [...counts.keys()], whole };
}

/** What the trace must hold of it. */
function referencesOf(asked: Asked): string[] {
  const { touched, whole } = slotsOf(asked);
  if (asked.type === READ) return touched.map((slot) => `${slot},r`);
  if (asked.type === WRITE) return touched.map((slot) => `${slot},w`);
  const parts = touched.filter((slot) => !whole.includes(slot));
  return asked.type === WRITE_ZEROES ? parts.map((slot) => `${slot},w`) : [];
}

function anyRequest(random: Random): Asked {
  const type = random.pick([READ, READ, WRITE, WRITE, TRIM, WRITE_ZEROES]);
  const isAligned = random.below(3) > 0;
  const offset = random.below(4 * MIB) & (isAligned ? -PAGE_BYTES : -1);
  const bytes = isAligned ? PAGE_BYTES * (1 + random.below(8)) : 1 + random.below(20_000);
  return { type, offset, bytes };
}

test('a recording is the very sequence that clients asked for', async () => {
  const lender = await startLender({ leases: { guest: '8MiB' }, args: ['--threads', '2'] });
  const file = join(lender.stateDir, 'guest.plt');
  const before = await lender.connect('guest');
  await before.write(0, Buffer.alloc(PAGE_BYTES, 1));
  const recorder = await Recorder.begin(lender, file);
  const random = new Random(11);
  // One at a time, on connections of both threads, and on some that come while it is recorded.
  const clients = [before, ...(await Promise.all([1, 2, 3].map(() => lender.connect('guest'))))];
  const expected: string[] = [];
  let trimmed = 0;
  let zeroed = 0;
  for (let turn = 0; turn < 600; turn++) {
    const asked = anyRequest(random);
    await ask(random.pick(clients), asked);
    expected.push(...referencesOf(asked));
    if (asked.type === TRIM) trimmed += slotsOf(asked).whole.length;
    if (asked.type === WRITE_ZEROES) zeroed += slotsOf(asked).whole.length;
  }
  await before.flush();
  const result = await recorder.interrupted();
  await ask(before, { type: READ, offset: 0, bytes: PAGE_BYTES });
  expect(csvOf(file).trimEnd().split('\n').slice(1)).toEqual(expected);
  expect(result).toMatchObject({
    schema: 'pagelend.lease-recording/1',
    references: expected.length,
    lost_requests: 0,
    trimmed_pages: trimmed,
    zeroed_pages: zeroed,
    connections: 4,
    ended_by: 'signal',
  });
  for (const client of clients) await client.disconnect();
});

test('nothing is lost under load, and each connection is told in its own order', async () => {
  const lender = await startLender({ leases: { guest: '8MiB' }, args: ['--threads', '2'] });
  const stream = await new LenderClient(lender.stateDir).record('guest');
  const told = new Map<number, string[]>();
  let lost = 0;
  const parser = new RequestStreamParser({
    request: (kind, slot, count, connection) => {
      if (!told.has(connection)) told.set(connection, []);
      told.get(connection)!.push(`${kind} ${slot} ${count}`);
    },
    lost: (count) => {
      lost += count;
    },
  });
  const read = (async () => {
    for await (const chunk of stream) parser.push(chunk as Uint8Array);
  })();
  const clients = await Promise.all([1, 2, 3, 4].map(() => lender.connect('guest')));
  const logs = await Promise.all(clients.map((client, i) => loaded(client, new Random(20 + i))));
  await new LenderClient(lender.stateDir).endRecording('guest');
  await read;
  expect(parser.end).toBe('asked');
  expect(lost).toBe(0);
  const sorted = (lists: string[][]) => lists.map((list) => list.join('\n')).sort();
  expect(sorted([...told.values()])).toEqual(sorted(logs));
  const pages = (kind: number) =>
    [...told.values()]
      .flat()
      .map((line) => line.split(' ').map(Number))
      .reduce((sum, [of, , count]) => sum + (of === kind ? count! : 0), 0);
  const { num_reads: reads, num_writes: writes } = lender.figures('guest');
  expect([pages(RECORD_KINDS.read), pages(RECORD_KINDS.written)]).toEqual([reads, writes]);
  for (const client of clients) await client.disconnect();
});

/** 4,000 requests, up to 16 at a time; what was asked for as a recording tells it. */
async function loaded(client: NbdClient, random: Random): Promise<string[]> {
  const log: string[] = [];
  for (let turn = 0; turn < 250; turn++) {
    const batch = Array.from({ length: 16 }, () => {
      const type = random.pick([READ, WRITE]);
      const slot = random.below(2000);
      const count = 1 + random.below(4);
      log.push(`${type === READ ? RECORD_KINDS.read : RECORD_KINDS.written} ${slot} ${count}`);
      return ask(client, { type, offset: slot * PAGE_BYTES, bytes: count * PAGE_BYTES });
    });
    await Promise.all(batch);
  }
  return log;
}

test('a recording ends by count, by time, with its lease and with the daemon', async () => {
  const lender = await startLender({ leases: { guest: '1MiB' } });
  const file = join(lender.stateDir, 'guest.plt');
  const client = await lender.connect('guest');
  const byCount = await Recorder.begin(lender, file, '--references', '5');
  for (let slot = 0; slot < 8; slot += 2) await client.read(slot * PAGE_BYTES, 2 * PAGE_BYTES);
  expect((await byCount.end()).result).toMatchObject({ references: 5, ended_by: 'references' });
  expect(csvOf(file)).toBe('page,op\n0,r\n1,r\n2,r\n3,r\n4,r\n');

  const byTime = await Recorder.begin(lender, file, '--for', '0.5s');
  await client.read(0, PAGE_BYTES);
  expect((await byTime.end()).result).toMatchObject({ references: 1, ended_by: 'time' });

  const byDaemon = await Recorder.begin(lender, file);
  await client.read(0, 3 * PAGE_BYTES);
  expect(await lender.stop()).toBe(0);
  const stopped = await byDaemon.end();
  expect(stopped).toMatchObject({
    status: 0,
    result: { references: 3, ended_by: 'daemon-stopped' },
  });

  await lender.start();
  const again = await lender.connect('guest');
  const byLease = await Recorder.begin(lender, file);
  await again.read(0, 4 * PAGE_BYTES);
  lender.verb('lease', 'delete', 'guest', '--force');
  const deleted = await byLease.end();
  expect(deleted).toMatchObject({
    status: 0,
    result: { references: 4, ended_by: 'lease-deleted' },
  });
});

test('a killed daemon leaves what came before, and is said to be gone', async () => {
  const lender = await startLender({ leases: { guest: '1MiB' } });
  const file = join(lender.stateDir, 'guest.plt');
  const client = await lender.connect('guest');
  const recorder = await Recorder.begin(lender, file, '--for', '1h');
  for (let turn = 0; turn < 4000; turn++) {
    await client.read((turn % 256) * PAGE_BYTES, PAGE_BYTES);
  }
  await lender.kill();
  const { status, result } = await recorder.end();
  expect(status).toBe(1);
  expect(recorder.said).toContain('DAEMON_ANSWER');
  expect(result).toMatchObject({ lost_requests: 0, ended_by: 'lost-connection' });
  // What was under way is gone with the daemon; what had come is a beginning of the sequence.
  const lines = csvOf(file).trimEnd().split('\n').slice(1);
  expect(lines.length).toBeGreaterThan(0);
  expect(lines).toEqual(lines.map((_, turn) => `${turn % 256},r`));
});

test('one at a time records a lease, and a killed one leaves it free', async () => {
  const lender = await startLender({ leases: { guest: '1MiB', other: '1MiB' } });
  const file = join(lender.stateDir, 'guest.plt');
  const client = await lender.connect('guest');
  const first = await Recorder.begin(lender, file);
  const refused = () =>
    lender.verb('lease', 'record', 'guest', '-o', join(lender.stateDir, 'b.plt'));
  expect(refused).toThrow(/DAEMON_RECORDING/);
  expect(existsSync(join(lender.stateDir, 'b.plt'))).toBe(false);
  first.signal('SIGKILL');
  await first.end();
  const second = await recorderOnceFree(lender, file);
  await client.read(0, PAGE_BYTES);
  expect(await second.interrupted()).toMatchObject({ references: 1 });
  // Of no request there is no trace.
  expect(() => lender.verb('lease', 'record', 'other', '-o', file, '--for', '0.1s')).toThrow(
    /TRACE_EMPTY/,
  );
  expect(readFileSync(file).length).toBeGreaterThan(0);
  expect(() => lender.verb('lease', 'record', 'nobody', '-o', file)).toThrow(/LEASE_UNKNOWN/);
  await client.disconnect();
});

/** The daemon hears of a killed recorder when its socket closes. */
async function recorderOnceFree(lender: Lender, file: string): Promise<Recorder> {
  for (let turn = 0; ; turn++) {
    try {
      return await Recorder.begin(lender, file);
    } catch (error) {
      if (turn === 100 || !String(error).includes('DAEMON_RECORDING')) throw error;
    }
  }
}

test('info, sim and curve read what was recorded', async () => {
  const lender = await startLender({ leases: { guest: '4MiB' } });
  const file = join(lender.stateDir, 'guest.plt');
  const client = await lender.connect('guest');
  const recorder = await Recorder.begin(lender, file, '--note', 'a test');
  await used(client);
  await recorder.interrupted();
  const run = (...words: string[]) =>
    JSON.parse(execFileSync(process.execPath, [PAGELEND, ...words], { encoding: 'utf8' }));
  expect(run('trace', 'info', file, '--json').traces[0]).toMatchObject({ references: 1500 });
  const simulated = run('sim', file, '--policy', 'clock', '--frames', '50', '--json');
  expect(simulated.rows[0].references).toBe(1500);
  expect(run('curve', file, '--json')).toBeTruthy();
  await client.disconnect();
});

async function used(client: NbdClient): Promise<void> {
  const random = new Random(3);
  for (let turn = 0; turn < 1500; turn++) {
    const slot = random.below(random.pick([50, 400]));
    const asked = { offset: slot * PAGE_BYTES, bytes: PAGE_BYTES };
    await ask(client, { type: random.pick([READ, WRITE]), ...asked });
  }
}
