// The ring between threads, its stream, and who may record what; with small rings, so that being
// full and wrapping around happen.

import { Worker } from 'node:worker_threads';
import { PAGES_READ, PAGES_TRIMMED, PAGES_WRITTEN } from '@pagelend/nbd';
import { expect, test } from 'vitest';
import { newDefinition } from '../src/lease-definitions.ts';
import { newEntry } from '../src/lease-entry.ts';
import { silentLog } from '../src/logs.ts';
import { Recording } from '../src/recording/recording.ts';
import { RECORDING_COUNT_MAX, Recordings } from '../src/recording/recordings.ts';
import { makeRequestRing, RingReader, RingWriter } from '../src/recording/request-ring.ts';
import {
  type EndReason,
  endRecord,
  HEAD_BYTES,
  RECORD_BYTES,
  streamHead,
} from '../src/recording/stream-format.ts';
import { RequestStreamParser } from '../src/recording/stream-parser.ts';
import { FakeDataPlane, FakePool } from './fakes.ts';

interface Told {
  readonly requests: string[];
  lost: number;
  end: EndReason | null;
}

function parserOf(told: Told): RequestStreamParser {
  return new RequestStreamParser({
    request: (kind, slot, count, connection) =>
      told.requests.push(`${kind} ${slot} ${count} ${connection}`),
    lost: (count) => {
      told.lost += count;
    },
  });
}

function parse(chunks: readonly Uint8Array[]): Told {
  const told: Told = { requests: [], lost: 0, end: null };
  const parser = parserOf(told);
  for (const chunk of chunks) parser.push(chunk);
  told.end = parser.end;
  return told;
}

test('a ring gives what was put in, in order, over many turns', () => {
  const ring = makeRequestRing(8);
  const reader = new RingReader(ring);
  const writers = [1, 2].map((connection) => new RingWriter(ring, connection));
  const put: string[] = [];
  const chunks: Uint8Array[] = [streamHead()];
  for (let turn = 0; turn < 100; turn++) {
    for (let i = 0; i < 1 + (turn % 8); i++) {
      const connection = 1 + ((turn + i) % 2);
      // Slots up to the last of 32 bits, which a signed number would not hold.
      const slot = 2 ** 32 - 1 - turn;
      writers[connection - 1]!.begun(PAGES_WRITTEN, slot, turn + 1);
      put.push(`${PAGES_WRITTEN} ${slot} ${turn + 1} ${connection}`);
    }
    for (let bytes = reader.take(3); bytes !== null; bytes = reader.take(3)) chunks.push(bytes);
  }
  expect(parse(chunks)).toEqual({ requests: put, lost: 0, end: null });
});

test('a full ring loses and counts, and goes on when there is room', () => {
  const ring = makeRequestRing(4);
  const reader = new RingReader(ring);
  const writer = new RingWriter(ring, 1);
  for (let slot = 0; slot < 10; slot++) writer.begun(PAGES_READ, slot, 1);
  const first = reader.take(100)!;
  writer.begun(PAGES_READ, 10, 1);
  const told = parse([streamHead(), first, reader.take(100)!]);
  expect(told.requests).toEqual([0, 1, 2, 3, 10].map((slot) => `${PAGES_READ} ${slot} 1 1`));
  expect(told.lost).toBe(6);
  expect(reader.take(100)).toBe(null);
});

test('threads that write at once lose nothing and keep their own order', async () => {
  const ring = makeRequestRing(1024);
  const count = 50_000;
  const source = `
    const { parentPort, workerData: { url, ring, connection, count } } = require('node:worker_threads');
    import(url).then(({ RingWriter }) => {
      const writer = new RingWriter(ring, connection);
      for (let i = 0; i < count; i++) writer.begun(i % 4, i, 1);
      parentPort.postMessage('done');
    });`;
  const url = new URL('../dist/recording/request-ring.js', import.meta.url).href;
  let running = 0;
  for (const connection of [1, 2, 3]) {
    const worker = new Worker(source, { eval: true, workerData: { url, ring, connection, count } });
    running++;
    worker.once('exit', () => {
      running--;
    });
  }
  const reader = new RingReader(ring);
  const nextSlots = [0, 0, 0, 0];
  let seen = 0;
  const told: Told = { requests: [], lost: 0, end: null };
  const parser = new RequestStreamParser({
    request: (kind, slot, _count, connection) => {
      seen++;
      // A gap is what was lost; going back would be another order.
      expect(slot).toBeGreaterThanOrEqual(nextSlots[connection]!);
      expect(kind).toBe(slot % 4);
      nextSlots[connection] = slot + 1;
    },
    lost: (lost) => {
      told.lost += lost;
    },
  });
  parser.push(streamHead());
  for (let isOver = false; ; ) {
    const bytes = reader.take(500);
    if (bytes !== null) parser.push(bytes);
    else if (isOver) break;
    else {
      isOver = running === 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  expect(seen + told.lost).toBe(3 * count);
  expect(seen).toBeGreaterThan(0);
});

test('a stream is understood however it is cut, and what is none is refused', () => {
  const ring = makeRequestRing(8);
  const writer = new RingWriter(ring, 9);
  writer.begun(PAGES_READ, 5, 2);
  writer.begun(PAGES_TRIMMED, 7, 1);
  const whole = Buffer.concat([
    streamHead(),
    new RingReader(ring).take(8)!,
    endRecord('lease-moved'),
  ]);
  const expected = parse([whole]);
  expect(expected).toEqual({
    requests: [`${PAGES_READ} 5 2 9`, `${PAGES_TRIMMED} 7 1 9`],
    lost: 0,
    end: 'lease-moved',
  });
  for (let at = 0; at <= whole.length; at++) {
    expect(parse([whole.subarray(0, at), whole.subarray(at)])).toEqual(expected);
  }
  expect(parse([...whole].map((byte) => Uint8Array.of(byte)))).toEqual(expected);
  for (const [at, value] of [
    [0, 0],
    [8, 2],
    [12, 17],
    [HEAD_BYTES, 99],
    [HEAD_BYTES + 2 * RECORD_BYTES + 12, 50],
  ] as const) {
    const damaged = Buffer.from(whole);
    damaged[at] = value;
    expect(() => parse([damaged])).toThrow(expect.objectContaining({ code: 'DAEMON_ANSWER' }));
  }
  expect(() => parse([whole, endRecord('asked')])).toThrow(/after the end/);
});

test('a receiver that does not read loses and is told, and memory stays what it is', async () => {
  const recording = new Recording(() => {}, makeRequestRing(16));
  const writer = new RingWriter(recording.ring, 1);
  const reader = recording.stream().getReader();
  for (let slot = 0; slot < 1000; slot++) writer.begun(PAGES_READ, slot, 1);
  recording.finish('asked');
  const chunks: Uint8Array[] = [];
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    chunks.push(part.value);
  }
  const told = parse(chunks);
  expect(told.requests.length + told.lost).toBe(1000);
  expect(told.requests.length).toBe(16);
  expect(told.end).toBe('asked');
});

function madeRecordings(count: number) {
  const pool = new FakePool();
  const plane = new FakeDataPlane();
  const entries = Array.from({ length: count }, (_, i) => {
    const definition = newDefinition(`lease-${i}`, 4096, null);
    return newEntry(definition, pool.make(definition));
  });
  return { plane, entries, recordings: new Recordings({ pool, dataPlane: plane, log: silentLog }) };
}

test('a lease has one recording at a time, and the next one after its end', async () => {
  const { plane, entries, recordings } = madeRecordings(1);
  const [entry] = entries;
  const { id } = entry!.definition;
  const first = await recordings.begin(entry!);
  expect(plane.rings.get(0)).toBe(first.ring);
  await expect(recordings.begin(entry!)).rejects.toMatchObject({ code: 'DAEMON_RECORDING' });
  // Its receiver goes away.
  const stream = first.stream();
  await stream.cancel();
  const second = await recordings.begin(entry!);
  // The end of one that is over ends no other.
  await recordings.end(id, 'asked', first);
  expect(plane.rings.get(0)).toBe(second.ring);
  expect(await recordings.end(id, 'lease-deleted')).toBe(true);
  expect(plane.rings.size).toBe(0);
  expect(await recordings.end(id, 'asked')).toBe(false);
});

test('only so many leases are recorded, and none once the daemon stops', async () => {
  const { plane, entries, recordings } = madeRecordings(RECORDING_COUNT_MAX + 1);
  const open = await Promise.all(entries.slice(1).map((entry) => recordings.begin(entry)));
  await expect(recordings.begin(entries[0]!)).rejects.toMatchObject({ code: 'DAEMON_RECORDING' });
  const streams = open.map((recording) => recording.stream().getReader());
  await recordings.close();
  expect(plane.rings.size).toBe(0);
  for (const stream of streams) {
    const chunks: Uint8Array[] = [];
    for (let part = await stream.read(); !part.done; part = await stream.read()) {
      chunks.push(part.value);
    }
    expect(parse(chunks).end).toBe('daemon-stopped');
  }
  await expect(recordings.begin(entries[0]!)).rejects.toMatchObject({ code: 'DAEMON_STOPPING' });
});
