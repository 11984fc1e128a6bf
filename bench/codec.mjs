// The codecs beside liblzo2, on the same real pages in one process: the anonymous memory of programs
// that the bench starts. CPU time per page relative to liblzo2's lzo1x_1, and compressed bytes
// relative to its.
//
//   npm run build && node bench/codec.mjs             18,000 pages, 5 rounds
//   node bench/codec.mjs --pages 3000 --rounds 3 --json
//
// All take pages and leave streams in one shared memory, by address. Subjects alternate every 500
// pages; of each 500 pages and subject the shortest time of all rounds counts, because whatever else
// runs on the machine only ever adds. liblzo2, zstd and lz4 are called by FFI: what a call costs is
// measured with calls that return at once (an empty input), and subtracted from liblzo2's time alone,
// so that the comparison is with what a C program would see. The zstd and lz4 rows include it.

import { parseArgs } from 'node:util';
import { createCodec, PAGE_BYTES, SCRATCH_BYTES } from '@pagelend/codec';
import { addressOf, sharedLibrary } from '@pagelend/linux';
import { collectPages } from './real-pages.mjs';

const BATCH_PAGES = 500;
const STREAM_BYTES = 4672;
const BLOCK_BYTES = 65_536;
const LZO_WORK_BYTES = 65_536;
const PROGRAMS = ['node', 'python', 'cc1plus', 'redis'];

const { values } = parseArgs({
  options: {
    pages: { type: 'string', default: '18000' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});

process.stderr.write('reading the memory of live programs\n');
const programs = await pagesByProgram(Number(values.pages));
const pages = programs.flatMap((program) => program.pages);
const batchCount = Math.floor(pages.length / BATCH_PAGES);
const pageCount = batchCount * BATCH_PAGES;
if (pageCount === 0) throw new Error(`at least ${BATCH_PAGES} pages are needed`);

const WORK_AT = Math.ceil(SCRATCH_BYTES / 64) * 64;
const LENGTH_AT = WORK_AT + LZO_WORK_BYTES;
const OUTPUT_AT = LENGTH_AT + 64;
const PAGES_AT = Math.ceil((OUTPUT_AT + PAGE_BYTES) / PAGE_BYTES) * PAGE_BYTES;
const STREAMS_AT = PAGES_AT + pageCount * PAGE_BYTES;
const blocks = Math.ceil((STREAMS_AT + pageCount * STREAM_BYTES) / BLOCK_BYTES);
const memory = new WebAssembly.Memory({ initial: blocks, maximum: blocks, shared: true });
const bytes = new Uint8Array(memory.buffer);
const lengths = new DataView(memory.buffer);
for (let i = 0; i < pageCount; i++) bytes.set(pages[i], PAGES_AT + i * PAGE_BYTES);

const liblzo2 = openLiblzo2();
const subjects = [liblzo2, ...['lzo', 'zstd', 'lz4'].map(openCodec)].map((codec) => ({
  ...codec,
  sizes: new Uint32Array(pageCount),
  compressUs: new Float64Array(batchCount).fill(Number.POSITIVE_INFINITY),
  decompressUs: new Float64Array(batchCount).fill(Number.POSITIVE_INFINITY),
}));
const emptyCallUs = new Float64Array(batchCount).fill(Number.POSITIVE_INFINITY);

for (let round = 0; round < Number(values.rounds); round++) {
  process.stderr.write(`round ${round + 1}\r`);
  for (let batch = 0; batch < batchCount; batch++) {
    timed(emptyCallUs, batch, () => liblzo2.emptyCall());
    for (const { compress, decompress, sizes, compressUs, decompressUs } of subjects) {
      timed(compressUs, batch, (i) => {
        sizes[i] = compress(PAGES_AT + i * PAGE_BYTES, STREAMS_AT + i * STREAM_BYTES);
      });
      timed(decompressUs, batch, (i) => {
        if (!decompress(STREAMS_AT + i * STREAM_BYTES, sizes[i], OUTPUT_AT))
          throw new Error('damaged');
      });
    }
  }
}
report();

function timed(shortest, batch, act) {
  const start = process.cpuUsage();
  for (let i = batch * BATCH_PAGES; i < (batch + 1) * BATCH_PAGES; i++) act(i);
  const { user, system } = process.cpuUsage(start);
  shortest[batch] = Math.min(shortest[batch], user + system);
}

function openCodec(name) {
  const { compress, decompress } = createCodec(name, memory, 0);
  return { name, compress, decompress };
}

function openLiblzo2() {
  const library = sharedLibrary('liblzo2.so.2', 'liblzo2-2');
  const prototype = '(intptr_t from, size_t bytes, intptr_t to, intptr_t length, intptr_t work)';
  const compress = library.func(`int lzo1x_1_compress${prototype}`);
  const decompress = library.func(`int lzo1x_decompress_safe${prototype}`);
  const base = addressOf(memory);
  const [length, work] = [base + LENGTH_AT, base + WORK_AT];
  return {
    name: 'liblzo2',
    compress: (source, target) => {
      compress(base + source, PAGE_BYTES, base + target, length, work);
      return lengths.getUint32(LENGTH_AT, true);
    },
    decompress: (source, count, target) => {
      lengths.setUint32(LENGTH_AT, PAGE_BYTES, true);
      return decompress(base + source, count, base + target, length, 0) === 0;
    },
    emptyCall: () => decompress(base + OUTPUT_AT, 0, base + OUTPUT_AT, length, 0),
  };
}

function report() {
  const callUs = total(emptyCallUs) / pageCount;
  const [peer] = subjects;
  const peerCompressUs = total(peer.compressUs) / pageCount - callUs;
  const peerDecompressUs = total(peer.decompressUs) / pageCount - callUs;
  const rows = subjects.slice(1).map(({ name, sizes, compressUs, decompressUs }) => ({
    codec: name,
    compressTime: round3(total(compressUs) / pageCount / peerCompressUs),
    decompressTime: round3(total(decompressUs) / pageCount / peerDecompressUs),
    bytes: round3(total(sizes) / total(peer.sizes)),
    bytesByProgram: Object.fromEntries(
      ranges().map(({ name, from, to }) => [
        name,
        round3(total(sizes.subarray(from, to)) / total(peer.sizes.subarray(from, to))),
      ]),
    ),
  }));
  const liblzo2Figures = {
    compressUs: round3(peerCompressUs),
    decompressUs: round3(peerDecompressUs),
    callUs: round3(callUs),
    bytesPerPage: Math.round(total(peer.sizes) / pageCount),
  };
  if (values.json) {
    console.log(JSON.stringify({ pages: pageCount, liblzo2: liblzo2Figures, rows }));
    return;
  }
  const names = ranges().map(({ name }) => name);
  console.log(`${pageCount} pages of ${names.join(', ')}; liblzo2 (lzo1x_1) = 1`);
  console.log(
    `liblzo2: compress ${liblzo2Figures.compressUs} us, decompress ${liblzo2Figures.decompressUs} us, ` +
      `without the FFI call of ${liblzo2Figures.callUs} us; ${liblzo2Figures.bytesPerPage} bytes a page`,
  );
  console.table(
    Object.fromEntries(
      rows.map(({ codec, bytesByProgram, ...figures }) => [
        codec,
        { ...figures, ...bytesByProgram },
      ]),
    ),
  );
}

/** Where each program's pages lie; the last may be cut by whole batches. */
function ranges() {
  let from = 0;
  return programs.map(({ name, pages: own }) => {
    const range = { name, from, to: Math.min(from + own.length, pageCount) };
    from += own.length;
    return range;
  });
}

function total(numbers) {
  return numbers.reduce((sum, each) => sum + each, 0);
}

function round3(value) {
  return Math.round(value * 1000) / 1000;
}

/** An equal share of each program's pages, none of them same-filled: those never reach a codec. */
async function pagesByProgram(count) {
  const share = Math.ceil(count / PROGRAMS.length);
  const found = [];
  for (const name of PROGRAMS) {
    const { bytes, sources } = await collectPages({
      ...{ count: share, programs: [name], isSameKept: false },
      tell: (line) => process.stderr.write(`${line}\n`),
    });
    if (sources.length === 0) continue;
    const pages = Array.from({ length: bytes.length / PAGE_BYTES }, (_, i) =>
      bytes.subarray(i * PAGE_BYTES, (i + 1) * PAGE_BYTES),
    );
    found.push({ name, pages });
  }
  return found;
}
