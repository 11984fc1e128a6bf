// The sweep of a study: four recordings × 25 policies × 16 sizes × 3 cost ratios, over all cores,
// beside the same cells run one at a time. What it shows is what sharing is worth: a policy's counts
// at several cost ratios are one cell where it does not look at costs, and cells go through the
// trace together where the policies are not told of every hit.
//
//   node bench/sweep.mjs                 all of it, and a sample of cells run alone
//   node bench/sweep.mjs --json

import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  loadTrace,
  parseFrames,
  Simulation,
  sweep,
  WINDOW_REFERENCES,
  windowOf,
} from '@pagelend/lab';
import {
  findPolicy,
  observationOf,
  optionsOf,
  parsePolicyList,
  policies,
} from '@pagelend/policies';
import { openTrace } from '@pagelend/trace';

const RECORDINGS = ['diff', 'perl', 'sort', 'sqlite3'];
const POLICIES = 25;
const RATIOS = [2, 4, 8];
const FRAMES = '5%..80%:5%';
/** Every so many-th cell is also run alone. */
const ALONE_EVERY = 40;

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });

const online = policies.filter((policy) => {
  return observationOf(policy, optionsOf(policy, new Map())) !== 'future';
});
const names = online.slice(0, POLICIES).map(({ name }) => name);
const traces = RECORDINGS.map((name) =>
  fileURLToPath(new URL(`../recordings/${name}.plt`, import.meta.url)),
);

const start = usage();
let shown = '';
const { rows } = await sweep(
  {
    traces,
    policies: parsePolicyList(names.join(',')),
    frames: parseFrames(FRAMES),
    costs: RATIOS.map((write) => ({ medium: null, read: 1, write })),
  },
  ({ trace }) => {
    if (trace !== shown) process.stderr.write(`${trace.split('/').at(-1)}\n`);
    shown = trace;
  },
);
const whole = since(start);

const alone = { rows: 0, cpuSeconds: 0, differing: 0 };
for (const [index, path] of traces.entries()) {
  const reader = await openTrace(path);
  const trace = await loadTrace(reader);
  await reader.close();
  const own = rows.filter((row) => row.trace === path);
  for (let at = index; at < own.length; at += ALONE_EVERY) runAlone(own[at], trace);
}
const perRow = whole.cpuSeconds / rows.length;
const perRowAlone = alone.cpuSeconds / alone.rows;
const result = {
  version: JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version,
  cores: availableParallelism(),
  rows: rows.length,
  wall_seconds: whole.wallSeconds,
  cpu_seconds: whole.cpuSeconds,
  rows_alone: alone.rows,
  rows_that_differ: alone.differing,
  cpu_per_row_alone_over_shared: perRowAlone / perRow,
};
if (values.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
else for (const [key, value] of Object.entries(result)) console.log(key.padEnd(32), value);
if (alone.differing > 0) process.exitCode = 1;

function runAlone(row, trace) {
  const definition = findPolicy(row.policy);
  const started = usage();
  const simulation = new Simulation({
    definition,
    options: optionsOf(definition, new Map()),
    frames: row.frames,
    costs: { read: row.read_cost, write: row.write_cost },
    pageCount: trace.pageCount,
  });
  const local = new Uint32Array(Math.min(WINDOW_REFERENCES, trace.referenceCount));
  for (let from = 0; from < trace.referenceCount; from += WINDOW_REFERENCES) {
    const to = Math.min(from + WINDOW_REFERENCES, trace.referenceCount);
    local.set(windowOf(trace, from, to));
    simulation.run(local, 0, to - from);
  }
  alone.cpuSeconds += since(started).cpuSeconds;
  alone.rows++;
  const { faults, writebacks } = simulation.counts;
  if (faults !== row.faults || writebacks !== row.writebacks) alone.differing++;
}

function usage() {
  return { cpu: process.cpuUsage(), wall: performance.now() };
}

function since({ cpu, wall }) {
  const { user, system } = process.cpuUsage(cpu);
  return { cpuSeconds: (user + system) / 1e6, wallSeconds: (performance.now() - wall) / 1000 };
}
