// The tier behind the pool, by replacement policy: streams of page reads and writes, recorded of real
// guests and derived from programs (lib/tier-streams.mjs), through the real store onto a real disk.
//
//   npm run build && node bench/tier.mjs                all: 20 minutes on two busy cores
//   node bench/tier.mjs --quick                         one stream, one size
//   node bench/tier.mjs --streams hog --shares 0.5 --policies clock,lru --json
//   node bench/tier.mjs --dir /mnt/ssd                  the tier's file on another disk
//
// The pool holds 25, 50 or 75 % of what all pages of the stream take compressed. Device time is what
// the transfers that were made take on this disk when nobody presses (lib/device-model.mjs); the time
// that they took is measured too, by rounds that alternate, since others use the disk. Policies that
// weigh costs get the ratio measured here, and again one of 1 to 4, as flash has that is written page
// by page. The twin is the simulator's rules at the store's mean number of resident pages.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { modelOf } from './lib/device-model.mjs';
import { TierPages } from './lib/tier-pages.mjs';
import { meansOf, rowOf, timedRows, withRatios } from './lib/tier-rows.mjs';
import { streamNames, streamOf } from './lib/tier-streams.mjs';

const MIB = 2 ** 20;
const POOL_BYTES_MIN = 2 ** 20;
const TIER_BYTES_MIN = 9 * MIB;
const BASE = 'clock';
const CRAW_RM = 'craw-rm:link=lazy';
const FLASH = { read: 1, write: 4 };
/** The share at which all of promotion, other policies, and times by the clock are looked at. */
const MIDDLE = 0.5;

const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    streams: { type: 'string', default: streamNames.join(',') },
    shares: { type: 'string', default: '0.25,0.5,0.75' },
    policies: { type: 'string', default: `clock,lru,${CRAW_RM},wager` },
    others: { type: 'string', default: 'car,arc,esc' },
    promotions: { type: 'string', default: 'always,second,never' },
    'tier-share': { type: 'string', default: '1.5' },
    rounds: { type: 'string', default: '3' },
    parallel: { type: 'string', default: '2' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
if (values.quick) {
  Object.assign(values, { streams: 'hog', shares: '0.5', others: '', promotions: 'always' });
  Object.assign(values, { rounds: '1', policies: `clock,${CRAW_RM}` });
}

const one = fileURLToPath(new URL('tier-one.mjs', import.meta.url));
const out = fileURLToPath(new URL('../out/', import.meta.url));
const run = promisify(execFile);
const tell = (line) => process.stderr.write(`${line}\n`);
const list = (text) => text.split(',').filter(Boolean);

mkdirSync(values.dir ?? out, { recursive: true });
const disk = mkdtempSync(join(values.dir ?? out, 'bench-tier-'));
const memory = mkdtempSync('/dev/shm/pagelend-bench-tier-');
let serial = 0;
try {
  await main();
} finally {
  for (const folder of [disk, memory]) rmSync(folder, { recursive: true, force: true });
}

async function main() {
  const model = await modelOf(join(disk, 'model.dat'));
  const measured = costsOf(model);
  tell(`a page read at random ${measured.read} us, one written in an extent ${measured.write} us`);
  const streams = [];
  for (const name of list(values.streams)) streams.push(await prepared(name));
  const plan = planOf(streams, measured);
  const results = await inParallel(plan, Number(values.parallel), replayed);
  const rounds = await timedRounds(streams, measured);
  const pages = new TierPages();
  const rows = plan.map((job, index) => rowOf(job, results[index], { model, pages }));
  const compared = withRatios(rows, BASE);
  print({
    schema: 'pagelend.bench-tier/1',
    is_direct: model.isDirect,
    reads: model.reads,
    writes: model.writes,
    costs: measured,
    streams: streams.map(aboutOf),
    rows: compared,
    means: meansOf(compared),
    timed: timedRows(rounds, BASE),
  });
}

/** As the keeper is told: a window read at random, and a page's part of a written extent. */
function costsOf({ reads, writes }) {
  const read = reads.shortUs;
  const write = (writes.longUs * 1424) / MIB;
  return { read: Math.round(read * 10) / 10, write: Math.round(write * 100) / 100 };
}

async function prepared(name) {
  const { requests, slotCount } = await streamOf(name);
  const path = join(memory, name);
  writeFileSync(path, requests);
  const footprint = await child({ stream: null, slotCount });
  tell(`${name}: ${requests.length} requests, ${slotCount} slots, ${footprint.memUsedBytes} bytes`);
  return { name, path, requests, slotCount, footprintBytes: footprint.memUsedBytes };
}

/** Every stream at every share under every policy, and in the middle what else is asked. */
function planOf(streams, measured) {
  const plan = [];
  for (const stream of streams) {
    for (const share of list(values.shares).map(Number)) {
      const add = (policy, costs, promotion = 'always') =>
        plan.push(jobOf(stream, share, policy, costs, promotion));
      for (const policy of list(values.policies)) {
        add(policy, measured);
        if (weighsCosts(policy)) add(policy, FLASH);
      }
      for (const promotion of list(values.promotions).filter((rule) => rule !== 'always')) {
        if (promotion !== 'second' && share !== MIDDLE) continue;
        for (const policy of [BASE, CRAW_RM]) add(policy, measured, promotion);
      }
      if (share !== MIDDLE) continue;
      for (const policy of list(values.others)) add(policy, measured);
    }
  }
  return plan;
}

function jobOf(stream, share, policy, costs, promotion) {
  const memoryBytes = Math.max(POOL_BYTES_MIN, Math.round(stream.footprintBytes * share));
  const tierBytes = stream.footprintBytes * Number(values['tier-share']);
  return {
    stream,
    share,
    policy,
    promotion,
    costs,
    memoryBytes,
    tierBytes: Math.max(TIER_BYTES_MIN, Math.ceil(tierBytes / MIB) * MIB),
  };
}

function weighsCosts(policy) {
  return /^(craw|wager)/.test(policy);
}

async function replayed(job) {
  const { stream, ...rest } = job;
  const result = await child({ ...rest, stream: stream.path, slotCount: stream.slotCount });
  tell(
    `${stream.name} ${job.share} ${job.policy} ${job.costs.write}/${job.costs.read} ` +
      `${job.promotion}: fetched ${result.fetched}, written ${result.written}`,
  );
  return result;
}

/** Recorded streams in the middle, alone on the machine as far as that is ours, by turns. */
async function timedRounds(streams, measured) {
  const rounds = [];
  const jobs = streams
    .filter(({ name }) => ['hog', 'sqlite3'].includes(name))
    .flatMap((stream) =>
      list(values.policies).map((policy) => jobOf(stream, MIDDLE, policy, measured, 'always')),
    );
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const job of jobs) rounds.push({ job, round, result: await replayed(job) });
  }
  return rounds;
}

async function child(job) {
  const id = serial++;
  const directory = join(memory, `pool-${id}`);
  const tierPath = join(disk, `tier-${id}.dat`);
  try {
    const { stdout } = await run(process.execPath, [
      one,
      JSON.stringify({ ...job, directory, tierPath }),
    ]);
    return JSON.parse(stdout);
  } finally {
    rmSync(directory, { recursive: true, force: true });
    rmSync(tierPath, { force: true });
  }
}

async function inParallel(jobs, width, work) {
  const results = [];
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < jobs.length; index = next++) {
      results[index] = await work(jobs[index]);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}

function aboutOf({ name, requests, slotCount, footprintBytes }) {
  const writes = requests.reduce((sum, request) => sum + (request & 1), 0);
  return { name, requests: requests.length, writes, slots: slotCount, bytes: footprintBytes };
}

function print(all) {
  if (values.json) {
    console.log(JSON.stringify(all, null, 2));
    return;
  }
  for (const name of ['streams', 'rows', 'means', 'timed']) {
    console.log(name);
    console.table(all[name]);
  }
}
