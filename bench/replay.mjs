// The replay loop: references per CPU-second of each policy on a seeded trace of 20 million
// references (zipf, a loop, scans) to some 1.3 million pages in 131,072 frames, write-backs counted.
//
//   npm run bench                                   side by side with lru-cache, a fast LRU in JavaScript
//   npm run bench -- --cachesim PATH                and with libCacheSim's cachesim, built by hand
//   npm run bench -- --policies lru,clock --rounds 5
//
// Each measurement is a process of its own, so that no policy profits or suffers from code that the
// engine optimised for another. Rounds alternate; a ratio is the median of the rounds' ratios.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { benchSpec, exportTrace, synthTrace } from '@pagelend/trace';

const FRAMES = 131_072;
const PEER = 'lru-cache';

const { values } = parseArgs({
  options: {
    policies: {
      type: 'string',
      default: 'lru,clock,arc,car,craw-rm,craw-rm:link=lazy,esc,cflru,fifo',
    },
    rounds: { type: 'string', default: '3' },
    cachesim: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

// Before the minutes of work, at whose end it would be missed.
if (values.cachesim !== undefined && !existsSync(values.cachesim)) {
  throw new Error(`--cachesim ${values.cachesim}: no such file`);
}

const CACHESIM_NAMES = { lru: 'lru', clock: 'clock', arc: 'arc', fifo: 'fifo' };
const worker = fileURLToPath(new URL('replay-one.mjs', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'pagelend-bench-'));

try {
  const trace = join(scratch, 'bench.plt');
  process.stderr.write('making the trace\n');
  await synthTrace({ spec: benchSpec, output: trace });
  const subjects = [PEER, ...values.policies.split(',')];
  const oracle = values.cachesim === undefined ? null : join(scratch, 'bench.oracleGeneral');
  if (oracle !== null) await exportTrace({ format: 'oracleGeneral', input: trace, output: oracle });
  const rounds = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const results = {};
    for (const subject of subjects) {
      process.stderr.write(`round ${round + 1}: ${subject}        \r`);
      results[subject] = measure(subject, trace);
      const name = CACHESIM_NAMES[subject];
      if (oracle !== null && name !== undefined)
        results[`cachesim ${subject}`] = cachesim(name, oracle);
    }
    rounds.push(results);
  }
  print(rounds);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function measure(subject, trace) {
  const output = execFileSync(process.execPath, [worker, subject, trace, String(FRAMES)], {
    encoding: 'utf8',
  });
  return JSON.parse(output);
}

/** User CPU time of the whole process: cachesim reads a mapped file and does little else. */
function cachesim(name, oracle) {
  const args = [
    '-f',
    '%U %M',
    values.cachesim,
    oracle,
    'oracleGeneral',
    name,
    String(FRAMES),
    '--ignore-obj-size',
    '1',
  ];
  // It leaves a file of results in its working folder.
  const { stderr, stdout, status } = spawnSync('/usr/bin/time', args, {
    encoding: 'utf8',
    cwd: scratch,
  });
  if (status !== 0) throw new Error(`cachesim: ${stderr}`);
  const [user, rss] = /([\d.]+) (\d+)\s*$/.exec(stderr).slice(1).map(Number);
  const missRatio = Number(/miss ratio ([\d.]+), throughput/.exec(stdout)?.[1]);
  return {
    referencesPerCpuSecond: benchSpec.references / user,
    faults: Math.round(missRatio * benchSpec.references),
    peakMiB: rss / 1024,
  };
}

function print(rounds) {
  const rows = Object.keys(rounds[0]).map((subject) => {
    const of = (get) => median(rounds.map((round) => get(round[subject], round)));
    const policy = subject.replace('cachesim ', '');
    const isOwn = subject !== PEER && subject === policy;
    const hasCachesim = isOwn && rounds[0][`cachesim ${subject}`] !== undefined;
    return {
      subject,
      m_references_per_cpu_second: round2(of((result) => result.referencesPerCpuSecond / 1e6)),
      ratio_to_lru_cache: round2(
        of((result, round) => result.referencesPerCpuSecond / round[PEER].referencesPerCpuSecond),
      ),
      ratio_to_cachesim: hasCachesim
        ? round2(
            of(
              (result, round) =>
                result.referencesPerCpuSecond / round[`cachesim ${subject}`].referencesPerCpuSecond,
            ),
          )
        : null,
      faults: rounds[0][subject].faults,
      writebacks: rounds[0][subject].writebacks ?? null,
      peak_mib: Math.round(of((result) => result.peakMiB)),
    };
  });
  if (values.json)
    console.log(JSON.stringify({ schema: 'pagelend.bench-replay/1', rows }, null, 2));
  else console.table(rows);
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

function round2(value) {
  return Math.round(value * 100) / 100;
}
