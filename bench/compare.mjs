// Our replacement policies beside those of libCacheSim's `cachesim`, on the same references: whether the
// two count the same misses, and how many references a CPU-second takes in each.
//
//   node bench/compare.mjs --cachesim PATH                    counts, then speed, on all recordings
//   node bench/compare.mjs --cachesim PATH --only counts      counts alone
//   node bench/compare.mjs --cachesim PATH --only speed --rounds 5
//   node bench/compare.mjs --cachesim PATH --trace a.plt --trace bench --policies lru,s3-fifo --shares 0.1
//
// Tables are Markdown, for docs/comparison.md. `npm run build` first; cachesim is built by hand. The
// trace named `bench` is that of replay.mjs, made on the spot. Each measurement of speed is a process of
// its own; rounds alternate, and a ratio is the median of the rounds' ratios.

import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadTrace, Simulation, WINDOW_REFERENCES, windowOf } from '@pagelend/lab';
import { findPolicy, optionsOf, parsePolicySpec } from '@pagelend/policies';
import { benchSpec, openTrace, synthTrace } from '@pagelend/trace';
import { exportForCachesim, measureCachesim, measureOwn, missesOf } from './lib/cachesim.mjs';
import { median } from './lib/random.mjs';

/** Ours and cachesim's name of the same algorithm; `--policies` takes ours. */
const PAIRS = [
  ['lru', 'lru'],
  ['fifo', 'fifo'],
  ['clock', 'clock'],
  ['clock:init=0', 'clock'],
  ['arc', 'arc'],
  ['sieve', 'sieve'],
  ['s3-fifo', 's3fifo'],
  ['2q', 'twoq'],
  ['lirs', 'lirs'],
];
/** Of the frame counts, speed is measured at this one, or at the only one. */
const SPEED_INDEX = 1;
const SYNTHETIC = 'bench';

const { values } = parseArgs({
  options: {
    cachesim: { type: 'string' },
    trace: { type: 'string', multiple: true },
    policies: { type: 'string' },
    shares: { type: 'string', default: '0.0625,0.125,0.25,0.5' },
    only: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});

// Before the minutes of work, at whose end it would be missed.
if (values.cachesim === undefined || !existsSync(values.cachesim)) {
  throw new Error(`--cachesim ${values.cachesim ?? 'PATH'}: expected the program that was built`);
}
if (!['counts', 'speed', undefined].includes(values.only)) {
  throw new Error(`--only ${values.only}: expected counts or speed`);
}
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  throw new Error(`--rounds ${values.rounds}: expected a whole number of at least 1`);
}
// Frame counts, as shares of a trace's distinct pages.
const shares = values.shares.split(',').map(Number);
if (shares.some((share) => !(share > 0 && share <= 1))) {
  throw new Error(`--shares ${values.shares}: expected numbers above 0 and up to 1, by comma`);
}
const pairs = choosePairs(values.policies);
const scratch = mkdtempSync(join(tmpdir(), 'pagelend-compare-'));

try {
  const report = [];
  for (const input of inputs()) {
    const trace = await prepare(input);
    report.push({
      trace: trace.name,
      references: trace.references,
      pages: trace.pages,
      counts: values.only === 'speed' ? [] : counts(trace),
      speed: values.only === 'counts' ? [] : speed(trace),
    });
    // Uncompressed, a recording takes hundreds of megabytes.
    rmSync(trace.oracle);
  }
  if (values.json)
    console.log(JSON.stringify({ schema: 'pagelend.bench-compare/1', report }, null, 2));
  else print(report);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function choosePairs(asked) {
  const names = asked?.split(',');
  const unknown = names?.find((name) => !PAIRS.some(([own]) => own === name));
  if (unknown !== undefined) {
    const known = PAIRS.map(([own]) => own).join(', ');
    throw new Error(`--policies ${unknown}: there is no peer to compare it with; known: ${known}`);
  }
  return PAIRS.filter(([own]) => names === undefined || names.includes(own)).filter(([own]) => {
    const exists = findPolicy(parsePolicySpec(own).name) !== undefined;
    if (!exists) process.stderr.write(`left out: ${own}, which this version does not have\n`);
    return exists;
  });
}

function inputs() {
  if (values.trace !== undefined) return values.trace;
  const folder = fileURLToPath(new URL('../recordings/', import.meta.url));
  const recordings = readdirSync(folder).filter((name) => name.endsWith('.plt'));
  return [...recordings.sort().map((name) => join(folder, name)), SYNTHETIC];
}

/** The trace as a file of ours, decoded, and as one of cachesim's. */
async function prepare(input) {
  let path = input;
  if (input === SYNTHETIC) {
    path = join(scratch, 'bench.plt');
    process.stderr.write('making the bench trace\n');
    await synthTrace({ spec: benchSpec, output: path });
  }
  const name = basename(path, '.plt');
  const oracle = join(scratch, `${name}.oracleGeneral`);
  const reader = await openTrace(path);
  const decoded = await loadTrace(reader);
  await reader.close();
  await exportForCachesim(path, oracle);
  const { referenceCount: references, pageCount: pages } = decoded;
  return { name, path, oracle, decoded, references, pages };
}

/** Faults of each policy beside the misses of its peer, at each frame count. */
function counts(trace) {
  const misses = new Map();
  return pairs.map(([own, peer]) => {
    const cells = shares.map((share) => {
      const frames = Math.floor(trace.pages * share);
      process.stderr.write(`${trace.name}: counts of ${own}, ${frames} frames          \r`);
      const run = `${peer} ${frames}`;
      if (!misses.has(run)) {
        misses.set(run, missesOf(values.cachesim, trace.oracle, peer, frames));
      }
      return { frames, ours: faultsOf(own, trace.decoded, frames), theirs: misses.get(run) };
    });
    return { own, peer, cells };
  });
}

function faultsOf(own, decoded, frames) {
  const spec = parsePolicySpec(own);
  const definition = findPolicy(spec.name);
  const simulation = new Simulation({
    definition,
    options: optionsOf(definition, spec.options),
    frames,
    costs: { read: 1, write: 4 },
    pageCount: decoded.pageCount,
  });
  for (let from = 0; from < decoded.referenceCount; from += WINDOW_REFERENCES) {
    const to = Math.min(from + WINDOW_REFERENCES, decoded.referenceCount);
    simulation.run(windowOf(decoded, from, to), 0, to - from);
  }
  return simulation.counts.faults;
}

/** References per CPU-second of each policy over those of its peer. */
function speed(trace) {
  const frames = Math.floor(trace.pages * (shares[SPEED_INDEX] ?? shares[0]));
  const measured = pairs.map(([own, peer]) => ({ own, peer, frames, ours: [], theirs: [] }));
  for (let round = 0; round < rounds; round++) {
    for (const row of measured) {
      process.stderr.write(`${trace.name}: round ${round + 1}, speed of ${row.own}          \r`);
      row.ours.push(measureOwn(row.own, trace.path, frames).referencesPerCpuSecond);
      const cpuSeconds = measureCachesim(values.cachesim, trace.oracle, row.peer, frames);
      row.theirs.push(trace.references / cpuSeconds);
    }
  }
  return measured.map((row) => ({
    ...row,
    ratio: median(row.ours.map((ours, round) => ours / row.theirs[round])),
  }));
}

function print(report) {
  if (values.only !== 'speed') printCounts(report);
  if (values.only !== 'counts') printSpeed(report);
}

function printCounts(report) {
  for (const { trace, references, pages, counts: rows } of report) {
    const frames = rows[0].cells.map((cell) => `${number(cell.frames)} frames`);
    console.log(`\n**${trace}**: ${number(references)} references, ${number(pages)} pages\n`);
    console.log(`| policy | cachesim | ${frames.join(' | ')} |`);
    console.log(`| --- | --- | ${frames.map(() => '---:').join(' | ')} |`);
    for (const { own, peer, cells } of rows) {
      const texts = cells.map(({ ours, theirs }) =>
        ours === theirs ? number(ours) : `**${number(ours)}** / ${number(theirs)}`,
      );
      console.log(`| \`${own}\` | ${peer} | ${texts.join(' | ')} |`);
    }
  }
}

function printSpeed(report) {
  const headings = report.map(({ trace, speed: rows }) => `${trace}, ${number(rows[0].frames)}`);
  console.log('\nReferences per CPU-second, ours over those of cachesim; trace, frames:\n');
  console.log(`| policy | ${headings.join(' | ')} |`);
  console.log(`| --- | ${headings.map(() => '---:').join(' | ')} |`);
  for (const [index, [own]] of pairs.entries()) {
    const ratios = report.map(({ speed: rows }) => rows[index].ratio.toFixed(2));
    console.log(`| \`${own}\` | ${ratios.join(' | ')} |`);
  }
}

function number(value) {
  return value.toLocaleString('en-US');
}
