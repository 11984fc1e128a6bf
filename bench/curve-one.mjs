// One measurement of curve.mjs: decodes the trace, then counts LRU at 16 sizes by one pass or by 16
// simulations, and prints the CPU time of that alone.

import { loadTrace, lruCurveOf, Simulation, WINDOW_REFERENCES, windowOf } from '@pagelend/lab';
import { mustFindPolicy } from '@pagelend/policies';
import { openTrace } from '@pagelend/trace';

const SIZES = 16;

const [way, path] = process.argv.slice(2);
const reader = await openTrace(path);
const trace = await loadTrace(reader);
await reader.close();
// From 1 % to all of the pages, evenly on a log scale.
const sizes = Array.from({ length: SIZES }, (_, i) =>
  Math.max(1, Math.round(trace.pageCount * 0.01 ** (1 - i / (SIZES - 1)))),
);

const start = process.cpuUsage();
const counts = way === 'pass' ? await byPass() : sizes.map(bySimulation);
const { user, system } = process.cpuUsage(start);
const peakMiB = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ cpuSeconds: (user + system) / 1e6, peakMiB, counts }));

async function byPass() {
  const curve = await lruCurveOf(trace);
  return sizes.map((frames) => ({
    faults: curve.coldFaults + curve.warmFaultsAt(frames),
    writebacks: curve.writebacksAt(frames),
  }));
}

function bySimulation(frames) {
  const simulation = new Simulation({
    definition: mustFindPolicy('lru'),
    options: {},
    frames,
    costs: { read: 1, write: 4 },
    pageCount: trace.pageCount,
  });
  const local = new Uint32Array(WINDOW_REFERENCES);
  for (let from = 0; from < trace.referenceCount; from += WINDOW_REFERENCES) {
    const to = Math.min(from + WINDOW_REFERENCES, trace.referenceCount);
    local.set(windowOf(trace, from, to));
    simulation.run(local, 0, to - from);
  }
  const { faults, writebacks } = simulation.counts;
  return { faults, writebacks };
}
