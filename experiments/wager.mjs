// WAGER beside CLOCK and CRAW-RM, the tables of docs/wager.md: every recording at nine memory sizes
// from 10 % to 90 % of its pages and write costs from 0.3 to 18, cold faults charged. The recordings
// under recordings/held-out played no part in the design.
//
//   npm run build && node experiments/wager.mjs                both sets
//   node experiments/wager.mjs --set held-out --json rows.json
//   node experiments/wager.mjs --ablations                     parts switched off, one by one
//   node experiments/wager.mjs --policies wager,lru,lirs,esc   other policies

import { readdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseFrames, sweep } from '@pagelend/lab';
import { parsePolicyList } from '@pagelend/policies';

const FRAMES = '10%..90%:10%';
const RATIOS = [0.3, 1, 2, 4, 8, 18];
/** More than this much over CLOCK counts as a loss, in percent. */
const LOSS = 102;

const SETS = {
  development: ['recordings', 'recordings/desktop'],
  'held-out': ['recordings/held-out'],
};
const BESIDE = 'craw-rm,craw-rm:link=lazy,wager';
const ABLATIONS = [
  'wager',
  'wager:scan=4',
  'wager:scan=8',
  'wager:scan=32',
  'wager:scan=1000000',
  'wager:classes=1:written=together',
  'wager:classes=1',
  'wager:written=together',
  'wager:worth=rate',
  'wager:end=never',
  'wager:seen=now',
].join(',');

const { values } = parseArgs({
  options: {
    set: { type: 'string' },
    policies: { type: 'string' },
    ablations: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});

const policies = values.policies ?? (values.ablations ? ABLATIONS : BESIDE);
const names = values.set === undefined ? Object.keys(SETS) : [values.set];
const all = [];
for (const name of names) {
  const traces = SETS[name].flatMap(recordingsIn);
  const plan = {
    traces,
    policies: parsePolicyList(policies),
    frames: parseFrames(FRAMES),
    costs: RATIOS.map((write) => ({ medium: null, read: 1, write })),
  };
  let shown = '';
  const { rows } = await sweep(plan, ({ trace }) => {
    if (trace !== shown) process.stderr.write(`${name}: ${basename(trace)}\n`);
    shown = trace;
  });
  all.push(...rows);
  process.stdout.write(`${tableOf(name, rows)}\n\n`);
}
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(all));

function recordingsIn(folder) {
  const path = fileURLToPath(new URL(`../${folder}/`, import.meta.url));
  return readdirSync(path)
    .filter((file) => file.endsWith('.plt'))
    .sort()
    .map((file) => path + file);
}

/** Mean I/O time in percent of CLOCK's: by write cost, then by recording; and how often it loses. */
function tableOf(name, rows) {
  const recordings = [...new Set(rows.map(({ trace }) => trace))];
  const head = [
    `${name}: I/O time, CLOCK = 100`,
    'all',
    ...RATIOS.map((ratio) => `w ${ratio}`),
    ...recordings.map((trace) => basename(trace, '.plt')),
    'worst',
    `over ${LOSS}`,
  ];
  const lines = [...new Set(rows.map(({ policy }) => policy))].map((policy) => {
    const own = rows.filter((row) => row.policy === policy);
    const points = own.map(relative);
    return [
      policy,
      mean(points),
      ...RATIOS.map((ratio) => mean(own.filter((row) => row.write_cost === ratio).map(relative))),
      ...recordings.map((trace) => mean(own.filter((row) => row.trace === trace).map(relative))),
      Math.max(...points).toFixed(1),
      `${points.filter((point) => point > LOSS).length} of ${points.length}`,
    ];
  });
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function relative(row) {
  return 100 * row.relative_to_clock;
}

function mean(points) {
  return (points.reduce((sum, point) => sum + point, 0) / points.length).toFixed(1);
}
