import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesSource } from '../src/format/byte-source.ts';
import { TraceEncoder } from '../src/format/encoder.ts';
import { nodeCodec } from '../src/format/node-codec.ts';
import { TraceReader } from '../src/format/reader.ts';
import { openTrace } from '../src/io/trace-file.ts';
import { BLOCK_REFERENCES_MAX } from '../src/limits.ts';
import {
  decode,
  decodeStream,
  encode,
  failure,
  type Reference,
  readAll,
  referenceLists,
  scratch,
} from './helpers.ts';

const dir = scratch();
const small: Reference[] = [
  [7, 0],
  [7, 0],
  [2 ** 52 - 1, 1],
  [0, 1],
  [7, 1],
  ...Array.from({ length: 40 }, (_, at): Reference => [100 + at * 3, (at & 1) as 0 | 1]),
  [7, 0],
  [100, 0],
];

describe('the binary format', () => {
  it('round-trips any references, from memory and from a pipe', async () => {
    await fc.assert(
      fc.asyncProperty(referenceLists(), fc.integer({ min: 1, max: 999 }), async (list, chunk) => {
        const bytes = encode(list);
        expect(await decode(bytes)).toEqual(list);
        expect(await decodeStream(bytes, chunk)).toEqual(list);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps header, counts and block borders over several blocks', async () => {
    const count = 2 * BLOCK_REFERENCES_MAX + 5;
    const encoder = new TraceEncoder({ pageSizeBytes: 16384, provenance: { note: 'π' } });
    for (let at = 0; at < count; at++) encoder.add((at * 7919) % 5003, at % 3 === 0 ? 1 : 0);
    const summary = encoder.finish();
    const writes = Math.ceil(count / 3);
    expect(summary).toEqual({
      references: count,
      reads: count - writes,
      writes,
      pages: 5003,
      blocks: 3,
    });
    const path = dir.write('three.plt', Buffer.concat(encoder.take()));
    const reader = await openTrace(path);
    expect(reader.summary).toEqual(summary);
    expect(reader.header).toEqual({ version: 1, pageSizeBytes: 16384, provenance: { note: 'π' } });
    for (let round = 0; round < 2; round++) {
      let at = 0;
      for await (const block of reader.blocks()) {
        for (const packed of block) {
          const page = reader.pageNumbers[packed >>> 1];
          if (page !== (at * 7919) % 5003 || (packed & 1) !== (at % 3 === 0 ? 1 : 0)) {
            throw new Error(`reference ${at} differs`);
          }
          at++;
        }
      }
      expect(at).toBe(count);
    }
    const forward: number[] = [];
    for await (const block of reader.blocks())
      forward.push(crc32(new Uint8Array(block.buffer, 0, block.byteLength)));
    const backward: number[] = [];
    for await (const block of reader.blocksBackward()) {
      backward.unshift(crc32(new Uint8Array(block.buffer, 0, block.byteLength)));
    }
    expect(backward).toEqual(forward);
    await reader.close();
  });

  it('gives dense ids in order of first appearance', async () => {
    const reader = await TraceReader.open(bytesSource(encode(small)), nodeCodec);
    const ids: number[] = [];
    for await (const block of reader.blocks()) for (const packed of block) ids.push(packed >>> 1);
    expect(ids.slice(0, 6)).toEqual([0, 0, 1, 2, 0, 3]);
    expect([...reader.pageNumbers.slice(0, 4)]).toEqual([7, 2 ** 52 - 1, 0, 100]);
  });

  it('takes no page number that a double could round', () => {
    const encoder = new TraceEncoder();
    for (const page of [-1, 0.5, 2 ** 52, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => encoder.add(page, 0)).toThrow(/expected an integer from 0 to 2\^52 - 1/);
    }
  });

  it('writes few bytes for a loop', () => {
    const loop = Array.from({ length: 100_000 }, (_, at): Reference => [at % 20, 0]);
    expect(encode(loop).length).toBeLessThan(1000);
  });
});

describe('a file that is not whole', () => {
  const bytes = encode(small, { command: 'true' });

  it('is an error wherever it is cut, from a file and from a pipe', async () => {
    for (let length = 0; length < bytes.length; length++) {
      const part = bytes.subarray(0, length);
      for (const attempt of [decode(part), decodeStream(part, 16)]) {
        const error = await failure(attempt);
        expect(['TRACE_TRUNCATED', 'TRACE_NOT_A_TRACE', 'TRACE_DAMAGED']).toContain(error.code);
        expect(error.message).toMatch(/^x\.plt: byte \d+: .*expected .*/);
      }
    }
    expect((await failure(decode(bytes.subarray(0, 0)))).code).toBe('TRACE_TRUNCATED');
  });

  it('is an error for every changed byte', async () => {
    for (let at = 0; at < bytes.length; at++) {
      for (const mask of [1, 0x80, 0xff]) {
        const copy = Uint8Array.from(bytes);
        copy[at]! ^= mask;
        expect((await failure(decode(copy))).message).toMatch(/^x\.plt: byte \d+: /);
        expect((await failure(decodeStream(copy, 50))).message).toMatch(/^x\.plt: byte \d+: /);
      }
    }
  });

  it('is an error with bytes behind its end', async () => {
    const longer = Buffer.concat([bytes, Uint8Array.of(0)]);
    expect((await failure(decode(longer))).message).toBe(
      `x.plt: byte ${longer.length - 48}: the trace is cut off or has bytes behind its end, found other bytes, expected a trailer in the last 48 bytes; copy or record it again`,
    );
    expect((await failure(decodeStream(longer, 50))).message).toBe(
      `x.plt: byte ${bytes.length}: the trace is damaged, found more bytes, expected the end of the file`,
    );
  });

  it('is an error if blocks are missing or in another order', async () => {
    const encoder = new TraceEncoder();
    for (let at = 0; at < 3 * BLOCK_REFERENCES_MAX; at++) encoder.add(at % 10, 0);
    encoder.finish();
    const [header, a, b, c, trailer] = encoder.take() as Uint8Array[];
    const whole = Buffer.concat([header!, a!, b!, c!, trailer!]);
    expect((await decode(whole)).length).toBe(3 * BLOCK_REFERENCES_MAX);
    for (const parts of [
      [a, c, b],
      [a, b],
      [a, b, b],
      [a, b, c, c],
      [b, c],
    ]) {
      const wrong = Buffer.concat([header!, ...(parts as Uint8Array[]), trailer!]);
      expect((await failure(decode(wrong))).code).toBe('TRACE_DAMAGED');
    }
  });

  it('does not make it allocate what it claims', async () => {
    const claim = Uint8Array.from(bytes);
    const view = new DataView(claim.buffer);
    view.setUint32(16, 0xffffffff, true);
    expect((await failure(decode(claim))).message).toContain('expected at most 65536');
    const header = 20 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(16, true) + 4;
    for (const field of [2, 3, 5, 6, 7, 8]) {
      const copy = Uint8Array.from(bytes);
      new DataView(copy.buffer).setUint32(header + field * 4, 0xfffffff0, true);
      const error = await failure(decode(copy));
      expect(error.code).toBe('TRACE_DAMAGED');
      expect(error.data.offset).toBe(header + field * 4);
    }
  });

  it('is told from other files and other versions', async () => {
    const text = await failure(decode(Buffer.from('page,op\n1,r\n2,w\n3,r\n4,w\n')));
    expect(text.code).toBe('TRACE_NOT_A_TRACE');
    expect(text.message).toBe(
      'x.plt: byte 0: not a pagelend trace, found "page,op?", expected the magic bytes 89 "PLT" 0d 0a 1a 0a; other formats come in through `pagelend trace import`',
    );
    const newer = Uint8Array.from(bytes);
    newer[8] = 2;
    const error = await failure(decode(newer));
    expect(error.code).toBe('TRACE_VERSION');
    expect(error.message).toContain('found version 2, expected version 1');
  });

  it('names a missing file', async () => {
    const error = await failure(openTrace(dir.path('none.plt')));
    expect(error.code).toBe('TRACE_IO');
    expect(error.message).toBe(`${dir.path('none.plt')}: cannot read: no such file or directory`);
  });

  it('survives hostile payloads behind right checksums', async () => {
    // Random bytes instead of the payload, with the checksum put right: never a crash, never a hang.
    const header = 20 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(16, true) + 4;
    const stored = new DataView(bytes.buffer, bytes.byteOffset).getUint32(header + 28, true);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 12, maxLength: 400 }), async (payload) => {
        const copy = Buffer.concat([
          bytes.subarray(0, header + 40),
          payload,
          Buffer.alloc(4),
          bytes.subarray(header + 40 + stored + 4),
        ]);
        copy.writeUInt32LE(payload.length, header + 24);
        copy.writeUInt32LE(payload.length, header + 28);
        copy.writeUInt32LE(0, header + 32);
        // The lengths of the streams fit now and then.
        if (payload.length > 40)
          for (const at of [0, 4, 8]) copy.writeUInt32LE(payload[at]! % 9, header + 40 + at);
        const sum = crc32(copy.subarray(header, header + 36));
        copy.writeUInt32LE(
          crc32(copy.subarray(header + 40, header + 40 + payload.length), sum),
          header + 36,
        );
        copy.writeUInt32LE(payload.length, header + 40 + payload.length);
        expect((await failure(decode(copy))).code).toBe('TRACE_DAMAGED');
      }),
      { numRuns: 300 },
    );
  });
});

describe('readAll', () => {
  it('reads a pipe only once', async () => {
    const reader = await TraceReader.open(
      (await import('../src/format/byte-source.ts')).chunksSource([encode(small)]),
      nodeCodec,
    );
    expect(reader.summary).toBeNull();
    expect(await readAll(reader)).toEqual(small);
    expect(reader.summary?.references).toBe(small.length);
    expect((await failure(readAll(reader))).code).toBe('TRACE_NOT_SEEKABLE');
  });
});
