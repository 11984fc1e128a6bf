// One measurement of replay.mjs: decodes the trace, replays it once under one policy (or under the
// peer), prints CPU time of the replay alone and the peak memory of the whole process.

import { loadTrace, Simulation, WINDOW_REFERENCES, windowOf } from '@pagelend/lab';
import { mustFindPolicy, optionsOf, parsePolicySpec } from '@pagelend/policies';
import { openTrace } from '@pagelend/trace';
import { LRUCache } from 'lru-cache';

const [subject, path, frames] = process.argv.slice(2);
const reader = await openTrace(path);
const trace = await loadTrace(reader);
await reader.close();

const replay = subject === 'lru-cache' ? peer(Number(frames)) : own(subject, Number(frames));
const local = new Uint32Array(WINDOW_REFERENCES);
const start = process.cpuUsage();
for (let from = 0; from < trace.referenceCount; from += WINDOW_REFERENCES) {
  const to = Math.min(from + WINDOW_REFERENCES, trace.referenceCount);
  local.set(windowOf(trace, from, to));
  replay.run(local, to - from);
}
const { user, system } = process.cpuUsage(start);
const counts = replay.counts();
console.log(
  JSON.stringify({
    referencesPerCpuSecond: trace.referenceCount / ((user + system) / 1e6),
    faults: counts.faults,
    writebacks: counts.writebacks,
    peakMiB: process.resourceUsage().maxRSS / 1024,
  }),
);

function own(text, frameCount) {
  const spec = parsePolicySpec(text);
  const definition = mustFindPolicy(spec.name);
  const simulation = new Simulation({
    definition,
    options: optionsOf(definition, spec.options),
    frames: frameCount,
    costs: { read: 1, write: 4 },
    pageCount: trace.pageCount,
  });
  return {
    run: (references, count) => simulation.run(references, 0, count),
    counts: () => simulation.counts,
  };
}

/** lru-cache as a page table: the value says whether the page is dirty. */
function peer(frameCount) {
  let faults = 0;
  let writebacks = 0;
  const cache = new LRUCache({
    max: frameCount,
    dispose: (isDirty, _page, reason) => {
      if (reason === 'evict' && isDirty === 2) writebacks++;
    },
    noDisposeOnSet: true,
  });
  const run = (references, count) => {
    for (let i = 0; i < count; i++) {
      const page = references[i] >>> 1;
      const state = 1 + (references[i] & 1);
      const held = cache.get(page);
      if (held === undefined) faults++;
      if (held === undefined || held < state) cache.set(page, state);
    }
  };
  return { run, counts: () => ({ faults, writebacks }) };
}
