// The LRU curve: CPU time of one exact pass over a trace, which tells faults and write-backs at every
// size, over that of simulating LRU at 16 sizes one after the other.
//
//   node bench/curve.mjs                          the seeded trace of replay.mjs
//   node bench/curve.mjs --trace FILE --rounds 5  a recording
//
// Each measurement is a process of its own. Rounds alternate; the ratio is the median of the rounds'
// ratios. Both ways must count the same at each of the 16 sizes, or there is no result.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { benchSpec, synthTrace } from '@pagelend/trace';

const { values } = parseArgs({
  options: {
    trace: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});

const worker = fileURLToPath(new URL('curve-one.mjs', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'pagelend-bench-'));

try {
  const trace = values.trace ?? join(scratch, 'bench.plt');
  if (values.trace === undefined) await synthTrace({ spec: benchSpec, output: trace });
  const rounds = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    process.stderr.write(`round ${round + 1}\r`);
    const pass = measure('pass', trace);
    const simulations = measure('simulations', trace);
    if (JSON.stringify(pass.counts) !== JSON.stringify(simulations.counts)) {
      throw new Error('the pass and the simulations count differently');
    }
    rounds.push({ pass, simulations });
  }
  const result = {
    trace: values.trace ?? 'bench',
    sizes: rounds[0].pass.counts.length,
    pass_cpu_seconds: median(rounds.map(({ pass }) => pass.cpuSeconds)),
    simulations_cpu_seconds: median(rounds.map(({ simulations }) => simulations.cpuSeconds)),
    simulations_over_pass: median(
      rounds.map(({ pass, simulations }) => simulations.cpuSeconds / pass.cpuSeconds),
    ),
    pass_peak_mib: Math.round(median(rounds.map(({ pass }) => pass.peakMiB))),
  };
  if (values.json) {
    console.log(JSON.stringify({ schema: 'pagelend.bench-curve/1', ...result }, null, 2));
  } else console.table([result]);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function measure(way, trace) {
  const output = execFileSync(process.execPath, [worker, way, trace], { encoding: 'utf8' });
  return JSON.parse(output);
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return Math.round(sorted[sorted.length >> 1] * 1000) / 1000;
}
