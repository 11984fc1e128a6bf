// Speed of the trace room: parsing lackey text, encoding, decoding, and numbering pages beside a
// Map. CPU time of this process, medians of alternating rounds over seeded input; figures are worth
// their ratios, not their absolute values. `npm run build` first; `node bench/trace-parse.mjs`.
import {
  benchSpec,
  bytesSource,
  makeParser,
  nodeCodec,
  PageNumbering,
  synthesize,
  TraceEncoder,
  TraceReader,
} from '@pagelend/trace';

const ROUNDS = 5;
const REFERENCES = 2_000_000;

/**
 * References like a program's: short sequences over a few pages that loop, one after another. A
 * recording of gzip takes about as few bytes a reference.
 */
function programLike() {
  const parts = [
    { pattern: 'zipf', pages: 200, skew: 1.4, weight: 60, writeShare: 0.2 },
    { pattern: 'scan', pages: 4000, runPages: 2, weight: 3, writeShare: 0.4 },
  ];
  const bodies = [...synthesize({ references: 200_000, seed: 11, burstReferences: 3, parts })][0];
  const packed = new Uint32Array(REFERENCES);
  let state = 1;
  const random = (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  for (let at = 0; at < REFERENCES; ) {
    const start = random(bodies.length - 64);
    const body = bodies.subarray(start, start + 8 + random(56));
    for (let rounds = 4 + random(30); rounds > 0 && at < REFERENCES; rounds--) {
      const part = body.subarray(0, REFERENCES - at);
      packed.set(part, at);
      at += part.length;
    }
  }
  return packed;
}

function lackeyText(packed) {
  const lines = [];
  for (let at = 0; at < packed.length; at++) {
    const address = 0x4000000 + (packed[at] >>> 1) * 4096 + ((at * 40503) & 4087);
    const kind = packed[at] & 1 ? ' S' : at % 3 === 0 ? ' L' : 'I ';
    lines.push(`${kind} ${address.toString(16).padStart(8, '0')},${1 + (at & 7)}\n`);
  }
  return Buffer.from(lines.join(''), 'latin1');
}

function encodeAll(packed) {
  const encoder = new TraceEncoder();
  for (let at = 0; at < packed.length; at++) encoder.add(packed[at] >>> 1, packed[at] & 1);
  encoder.finish();
  return Buffer.concat(encoder.take());
}

async function decodeAll(bytes) {
  const reader = await TraceReader.open(bytesSource(bytes), nodeCodec);
  let sum = 0;
  for await (const block of reader.blocks()) sum += block[block.length - 1];
  return sum;
}

const packed = programLike();
const text = lackeyText(packed);
const trace = encodeAll(packed);
const bench = new Uint32Array(4_000_000);
{
  let at = 0;
  for (const chunk of synthesize({ ...benchSpec, references: bench.length })) {
    bench.set(chunk, at);
    at += chunk.length;
  }
}
const wide = encodeAll(bench);

const parts = {
  'parse lackey text into a counter': [
    packed.length,
    text.length,
    () => {
      let sum = 0;
      const parser = makeParser(
        'lackey',
        'bench',
        { add: (page, op) => (sum += page + op) },
        { pageSizeBytes: 4096 },
      );
      for (let at = 0; at < text.length; at += 65536) parser.push(text.subarray(at, at + 65536));
      parser.end();
      return sum;
    },
  ],
  'parse lackey text and encode': [
    packed.length,
    text.length,
    () => {
      const encoder = new TraceEncoder();
      const parser = makeParser('lackey', 'bench', encoder, { pageSizeBytes: 4096 });
      for (let at = 0; at < text.length; at += 65536) parser.push(text.subarray(at, at + 65536));
      parser.end();
      return encoder.finish().references;
    },
  ],
  'encode, program-like': [packed.length, trace.length, () => encodeAll(packed).length],
  'decode, program-like': [packed.length, trace.length, () => decodeAll(trace)],
  'encode, bench trace': [bench.length, wide.length, () => encodeAll(bench).length],
  'decode, bench trace': [bench.length, wide.length, () => decodeAll(wide)],
  'PageNumbering, program-like': [packed.length, 0, () => number(packed, new PageNumbering())],
  'Map, program-like': [packed.length, 0, () => number(packed, mapNumbering())],
  'PageNumbering, bench trace': [bench.length, 0, () => number(bench, new PageNumbering())],
  'Map, bench trace': [bench.length, 0, () => number(bench, mapNumbering())],
};

function number(references, numbering) {
  let sum = 0;
  for (let at = 0; at < references.length; at++)
    sum += numbering.idOf((references[at] >>> 1) * 3 + 17);
  return sum;
}

function mapNumbering() {
  const ids = new Map();
  return {
    idOf(page) {
      let id = ids.get(page);
      if (id === undefined) {
        id = ids.size;
        ids.set(page, id);
      }
      return id;
    },
  };
}

const times = Object.fromEntries(Object.keys(parts).map((name) => [name, []]));
for (let round = 0; round <= ROUNDS; round++) {
  for (const [name, [, , run]] of Object.entries(parts)) {
    const start = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(start);
    // The first round warms up.
    if (round > 0) times[name].push(user + system);
  }
}
for (const [name, [references, bytes]] of Object.entries(parts)) {
  const micros = times[name].sort((a, b) => a - b)[ROUNDS >> 1];
  const rate = bytes > 0 ? `${(bytes / micros).toFixed(1).padStart(8)} MB/s` : ''.padStart(13);
  const nanos = `${((micros * 1000) / references).toFixed(1).padStart(7)} ns a reference`;
  console.log(`${name.padEnd(34)} ${nanos} ${rate}`);
}
console.log(
  `bytes a reference: ${(trace.length / packed.length).toFixed(3)} program-like, ${(wide.length / bench.length).toFixed(3)} with bench trace`,
);
