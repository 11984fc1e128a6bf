// Traces: whatever the bytes are, they are refused by a code that names the place, or they are a trace
// that counts what its trailer says. From a pipe they read as from memory, backwards as forwards, and
// what was read makes the same references again.

import { crc32 } from 'node:zlib';
import {
  bytesSource,
  chunksSource,
  nodeCodec,
  TraceEncoder,
  TraceReader,
  traceErrors,
} from '@pagelend/trace';
import { codeOf, must, pieceSizes, type Target } from '../target.ts';

const CODES = Object.keys(traceErrors);
const FIXED_BYTES = 20;
const BLOCK_HEAD_BYTES = 40;
const TRAILER_BYTES = 48;

/** References as numbers, page and operation apart; or the code by which they are refused. */
async function readOf(open: () => Promise<TraceReader>): Promise<readonly number[] | string> {
  try {
    const reader = await open();
    const references: number[] = [];
    const blocks: number[] = [];
    for await (const block of reader.blocks()) {
      const { pageNumbers } = reader;
      blocks.push(block.length);
      for (const packed of block) {
        must(packed >>> 1 < pageNumbers.length, 'a reference to a page that no number is known of');
        references.push(pageNumbers[packed >>> 1]!, packed & 1);
      }
    }
    checkCounts(reader, references, blocks.length);
    if (reader.isSeekable) await checkBackward(reader, blocks);
    return references;
  } catch (error) {
    return codeOf(error, 'TraceError', CODES);
  }
}

function checkCounts({ summary, pageNumbers }: TraceReader, found: number[], blocks: number): void {
  must(summary !== null, 'a trace was read whole and has no counts');
  const writes = found.filter((value, at) => at % 2 === 1 && value === 1).length;
  must(summary.references === found.length / 2, 'the trailer counts other references');
  must(summary.writes === writes && summary.blocks === blocks, 'it counts other writes or blocks');
  must(summary.reads + summary.writes === summary.references, 'reads and writes are not all');
  must(summary.pages === pageNumbers.length, 'it counts other pages');
}

async function checkBackward(reader: TraceReader, blocks: readonly number[]): Promise<void> {
  const lengths: number[] = [];
  for await (const block of reader.blocksBackward()) lengths.push(block.length);
  must(lengths.reverse().join() === blocks.join(), 'backwards it has other blocks');
}

async function run(bytes: Uint8Array): Promise<void> {
  const whole = await readOf(() => TraceReader.open(bytesSource(bytes, 'x.plt'), nodeCodec));
  const sizes = pieceSizes(bytes.length, 300);
  function* chunks(): Generator<Uint8Array> {
    for (let at = 0, piece = 0; at < bytes.length; piece++) {
      const next = at + sizes[piece % sizes.length]!;
      yield bytes.subarray(at, next);
      at = next;
    }
  }
  const piped = await readOf(() => TraceReader.open(chunksSource(chunks(), 'x.plt'), nodeCodec));
  // From memory the trailer is looked at first, so another thing that is wrong may be named.
  must((typeof piped === 'string') === (typeof whole === 'string'), `${whole} but piped ${piped}`);
  if (typeof whole === 'string' || typeof piped === 'string') return;
  must(piped.join() === whole.join(), 'piped it has other references');
  const again = encoded(whole);
  const read = await readOf(() => TraceReader.open(bytesSource(again, 'y.plt'), nodeCodec));
  must(
    typeof read !== 'string' && read.join() === whole.join(),
    'written again it reads otherwise',
  );
}

function encoded(references: readonly number[]): Uint8Array {
  const encoder = new TraceEncoder({ provenance: { tool: 'fuzz' } });
  for (let at = 0; at < references.length; at += 2) {
    encoder.add(references[at]!, references[at + 1] === 1 ? 1 : 0);
  }
  encoder.finish();
  return Buffer.concat(encoder.take());
}

/** Lengths that reach past the end stay; checksums of header, blocks and trailer become right. */
function repair(input: Uint8Array): Uint8Array {
  const bytes = Buffer.from(input);
  if (bytes.length < FIXED_BYTES + 4) return bytes;
  const headerEnd = FIXED_BYTES + bytes.readUInt32LE(16);
  if (headerEnd + 4 > bytes.length) return bytes;
  bytes.writeUInt32LE(crc32(bytes.subarray(0, headerEnd)), headerEnd);
  let at = headerEnd + 4;
  while (at + BLOCK_HEAD_BYTES <= bytes.length && bytes.toString('latin1', at, at + 4) === 'BLK1') {
    const stored = bytes.readUInt32LE(at + 28);
    const end = at + BLOCK_HEAD_BYTES + stored;
    if (end + 4 > bytes.length) return bytes;
    const sum = crc32(bytes.subarray(at, at + 36));
    bytes.writeUInt32LE(crc32(bytes.subarray(at + BLOCK_HEAD_BYTES, end), sum), at + 36);
    bytes.writeUInt32LE(stored, end);
    at = end + 4;
  }
  if (at + TRAILER_BYTES <= bytes.length) {
    bytes.writeUInt32LE(crc32(bytes.subarray(at, at + 40)), at + 40);
  }
  return bytes;
}

/** The same trace with its blocks not deflated, so that changes reach what is in them. */
function plain(references: readonly number[]): Uint8Array {
  const codec = { ...nodeCodec, deflate: (raw: Uint8Array) => raw };
  const encoder = new TraceEncoder({ codec });
  for (let at = 0; at < references.length; at += 2) {
    encoder.add(references[at]!, references[at + 1] === 1 ? 1 : 0);
  }
  encoder.finish();
  return Buffer.concat(encoder.take());
}

const SEQUENCE = Array.from({ length: 60 }, (_, at) => [100 + ((at * 7) % 41), at & 1]).flat();

export const target: Target = {
  bytesMax: 8192,
  words: ['BLK1', 'END1'],
  seeds: () => [
    encoded([7, 0, 7, 0, 2 ** 52 - 1, 1, 0, 1]),
    encoded([...SEQUENCE, ...SEQUENCE]),
    plain([7, 0, 7, 0, 7, 0, 7, 0, 7, 0, 9, 1]),
    plain([...SEQUENCE, 3, 0, ...SEQUENCE]),
  ],
  repair,
  run,
};
