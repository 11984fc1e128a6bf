// What judging live costs: CPU time per reference of the sample's predicate, that threads which serve
// pages ask, and per sampled reference of all default shadows, over that of one simulation of CLOCK on
// the same references; and the memory of a lease at default settings.
//
//   node bench/judge.mjs                                          a seeded, skewed stream
//   node bench/judge.mjs --trace recordings/guests/hog.plt        a recording
//   node bench/judge.mjs --rounds 5 --json
//
// Rounds alternate between the ways; figures are medians. The predicate's time is that of a loop with
// it over that of the same loop without.

import { parseArgs } from 'node:util';
import { isSampled, Judge, Shadow, shadowPolicy, thresholdOf } from '@pagelend/judge';
import { openTrace } from '@pagelend/trace';
import { median, randomBelow } from './lib/random.mjs';

const PAGES = 2 ** 18;
const REFERENCES = 2 ** 22;
const COSTS = { read: 100, write: 400 };
const LEASE = 3;
const SHIFTS = [0, 4, 10];
const PREDICATES = 2 ** 23;
const SLOT_MASK = 2 ** 20 - 1;

const { values } = parseArgs({
  options: {
    trace: { type: 'string' },
    policy: { type: 'string', default: 'craw-rm:link=lazy' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});

const references = values.trace === undefined ? seeded() : await recorded(values.trace);
const pages = references.reduce((most, reference) => Math.max(most, reference >>> 1), 0) + 1;
const residentPages = Math.floor(pages / 2);
const rounds = Array.from({ length: Number(values.rounds) }, measure);
const over = (get) => Math.round(median(rounds.map(get)) * 100) / 100;
const result = {
  trace: values.trace ?? 'seeded',
  references: references.length,
  pages,
  shadows: rounds[0].shadows,
  rate: rounds[0].rate,
  sampled_references: rounds[0].sampled,
  ...Object.fromEntries(
    SHIFTS.map((shift, i) => [
      `predicate_ns_at_1_in_${2 ** shift}`,
      over(({ predicates }) => predicates[i]),
    ]),
  ),
  judge_ns_per_reference: over(({ judgeNs }) => judgeNs),
  judge_ns_per_sampled_reference: over(({ sampledNs }) => sampledNs),
  exact_ns_per_reference: over(({ exactNs }) => exactNs),
  clock_ns_per_reference: over(({ clockNs }) => clockNs),
  sampled_over_clock: over(({ sampledNs, clockNs }) => sampledNs / clockNs),
  lease_kib: over(({ leaseBytes }) => leaseBytes / 1024),
};
if (values.json) {
  console.log(JSON.stringify({ schema: 'pagelend.bench-judge/1', ...result }, null, 2));
} else console.table(result);

function seeded() {
  const below = randomBelow(7);
  return Uint32Array.from({ length: REFERENCES }, () => {
    const page = Math.floor((below(2 ** 20) / 2 ** 20) ** 3 * PAGES);
    // An odd multiple scatters hot pages over the slots.
    return (((page * 0x9e37) % PAGES) << 1) | (below(10) < 4 ? 1 : 0);
  });
}

async function recorded(path) {
  const reader = await openTrace(path);
  const all = [];
  for await (const block of reader.blocks()) for (const reference of block) all.push(reference);
  await reader.close();
  return Uint32Array.from(all);
}

function measure(_, round) {
  const isJudgeFirst = round % 2 === 0;
  const first = isJudgeFirst ? judged({}) : clocked();
  const second = isJudgeFirst ? clocked() : judged({});
  const { judge, nanoseconds, leaseBytes } = isJudgeFirst ? first : second;
  const verdict = judge.verdict(LEASE);
  const threshold = judge.thresholdOf(LEASE);
  const sampled = references.reduce(
    (count, reference) => count + (isSampled(LEASE, reference >>> 1, threshold) ? 1 : 0),
    0,
  );
  const predicates = SHIFTS.map((shift) => predicateNs(thresholdOf(shift)));
  const exact = judged({ samplePages: 2 ** 20 }, 2 ** 18);
  return {
    shadows: verdict.curve.length + verdict.otherPolicies.length,
    rate: verdict.rate,
    sampled,
    predicates,
    judgeNs: nanoseconds / references.length,
    sampledNs: nanoseconds / sampled,
    exactNs: exact.nanoseconds / Math.min(references.length, 2 ** 18),
    clockNs: (isJudgeFirst ? second : first).nanoseconds / references.length,
    leaseBytes,
  };
}

/** One pass in which the sample finds its rate and memories fill, and one that is measured. */
function judged(settings, count = references.length) {
  global.gc?.();
  const before = held();
  const judge = new Judge({ policy: values.policy, costs: COSTS, ...settings });
  judge.facts(LEASE, residentPages, residentPages * 1500);
  const end = Math.min(count, references.length);
  const pass = () => {
    for (let i = 0; i < end; i++) judge.reference(LEASE, references[i] >>> 1, references[i] & 1);
  };
  pass();
  const start = process.cpuUsage();
  pass();
  const nanoseconds = cpuNs(start);
  global.gc?.();
  return { judge, nanoseconds, leaseBytes: held() - before };
}

function clocked() {
  const shadow = new Shadow(shadowPolicy('clock'), pages, residentPages, COSTS);
  const pass = () => {
    for (let i = 0; i < references.length; i++) {
      shadow.reference(references[i] >>> 1, references[i] & 1);
    }
  };
  pass();
  const start = process.cpuUsage();
  pass();
  return { nanoseconds: cpuNs(start) };
}

/** The loop's own time is taken off; of several runs of each the least, when nothing disturbed it. */
function predicateNs(threshold) {
  const least = (loop) => Math.min(...Array.from({ length: 7 }, () => timed(loop, threshold)));
  return (least(withPredicate) - least(without)) / PREDICATES;
}

function timed(loop, threshold) {
  const start = process.cpuUsage();
  const sum = loop(threshold);
  if (!Number.isInteger(sum)) throw new Error('the sum is used, so that the loop is not left out');
  return cpuNs(start);
}

function without() {
  let sum = 0;
  for (let i = 0; i < PREDICATES; i++) sum = (sum + ((i * 5) & SLOT_MASK)) | 0;
  return sum;
}

function withPredicate(threshold) {
  let sum = 0;
  for (let i = 0; i < PREDICATES; i++) {
    const slot = (i * 5) & SLOT_MASK;
    if (isSampled(LEASE, slot, threshold)) sum = (sum + slot) | 0;
  }
  return sum;
}

/** Bytes of typed arrays, which is where a lease's memory is; objects beside them are few. */
function held() {
  return process.memoryUsage().arrayBuffers;
}

function cpuNs(start) {
  const { user, system } = process.cpuUsage(start);
  return (user + system) * 1000;
}
