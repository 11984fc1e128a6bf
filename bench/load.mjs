// Many leases at once under mixed work, as long as is asked: are shares fair, is memory bounded, is
// every page right, and how long do the slowest requests take. Each lease has one connection and asks
// as much as the others (a closed loop of the same depth and mix, see lib/lease-load.mjs).
//
//   node bench/load.mjs [--leases 32] [--seconds 60] [--depth 4] [--slots 8192] [--memory 2G] [--json]
//   node bench/load.mjs --tier PATH --tier-size 4G     pool of a third of what the leases hold

import { once } from 'node:events';
import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { LenderClient } from '@pagelend/daemon';
import { Latencies } from './lib/latencies.mjs';
import { cpuMs, ownMemoryOf } from './lib/proc.mjs';
import { median } from './lib/random.mjs';
import { startServer } from './lib/servers.mjs';

const PAGE_BYTES = 4096;
const MIB = 2 ** 20;
const SAMPLE_MS = 1000;
/** What pages of this load take in the pool, of their size; for a pool that shall be too small. */
const COMPRESSED_SHARE = 0.4;
const TIER_POOL_SHARE = 1 / 3;

const { values } = parseArgs({
  options: {
    leases: { type: 'string', default: '32' },
    seconds: { type: 'string', default: '60' },
    'warm-up': { type: 'string', default: '5' },
    depth: { type: 'string', default: '4' },
    slots: { type: 'string', default: '8192' },
    clients: { type: 'string', default: '2' },
    memory: { type: 'string' },
    codec: { type: 'string', default: 'lzo' },
    seed: { type: 'string', default: '1' },
    tier: { type: 'string' },
    'tier-size': { type: 'string', default: '8G' },
    json: { type: 'boolean', default: false },
  },
});
const number = (name) => Number(values[name]);
const leaseCount = number('leases');
const slots = Math.ceil(number('slots') / 8) * 8;
const tell = (line) => process.stderr.write(`${line}\n`);

if (loadavg()[0] > availableParallelism() / 2)
  tell('this machine is busy: rates and tails say little');
const server = await start();
const client = new LenderClient(server.scratch);
const workers = startClients();
let failure = null;
try {
  const result = await measure();
  print(result);
  const { errors, wrongPages } = result;
  if (wrongPages > 0 || Object.keys(errors).length > 0) process.exitCode = 1;
} finally {
  await Promise.all(workers.map((worker) => worker.terminate()));
  await server.stop();
}

/** The daemon with all leases; the first has the name that the server's helper gives it. */
function start() {
  const bytes = slots * PAGE_BYTES;
  const more = names()
    .slice(1)
    .flatMap((name) => ['--lease', `${name}=${bytes}`]);
  const held = leaseCount * bytes * COMPRESSED_SHARE;
  const tier =
    values.tier === undefined ? [] : ['--tier', values.tier, '--tier-size', values['tier-size']];
  const memoryBytes = held * (values.tier === undefined ? 2 : TIER_POOL_SHARE) + 64 * MIB;
  const memory = values.memory ?? `${Math.ceil(memoryBytes / MIB)}M`;
  const args = [...more, '--codec', values.codec, ...tier];
  return startServer('pagelend', bytes, { memory, args });
}

function names() {
  return Array.from({ length: leaseCount }, (_, i) => (i === 0 ? 'bench' : `guest-${i}`));
}

/** Threads of the load, which have the leases in turn. */
function startClients() {
  const all = names().map((exportName, i) => ({
    ...{ exportName, slots, lease: i + 1, depth: number('depth') },
    seed: number('seed') * 7919 + i * 104_729 + 1,
    socket: server.socket.replace(/[^/]+$/, `${exportName}.sock`),
  }));
  const count = Math.min(number('clients'), leaseCount);
  return Array.from({ length: count }, (_, at) => {
    const leases = all.filter((_, i) => i % count === at);
    const url = new URL('lib/lease-load-worker.mjs', import.meta.url);
    const worker = new Worker(url, { workerData: { leases } });
    worker.on('message', ({ failed }) => {
      if (failed !== undefined) failure = new Error(failed);
    });
    worker.on('error', (error) => {
      failure = error;
    });
    return worker;
  });
}

/** Has all threads do something; their answers, lease by lease in the order of the names. */
async function ask(verb) {
  const answers = await Promise.all(
    workers.map(async (worker) => {
      const answer = once(worker, 'message');
      worker.postMessage(verb);
      const [{ result, failed }] = await answer;
      if (failed !== undefined) throw new Error(failed);
      return result ?? [];
    }),
  );
  return names().flatMap(
    (_, i) => answers[i % workers.length][Math.floor(i / workers.length)] ?? [],
  );
}

async function measure() {
  const memory = [];
  const sample = (when) => memory.push({ when, ...ownMemoryOf(server.pid) });
  sample('start');
  await ask('open');
  tell(`filling ${leaseCount} leases of ${(slots * PAGE_BYTES) / MIB} MiB`);
  await ask('fill');
  sample('filled');
  await ask('start');
  await rest(number('warm-up'));
  await ask('figures');
  sample('warm');
  const cpuBefore = cpuMs(server.pid);
  const began = performance.now();
  await rest(number('seconds'), () => sample('running'));
  const figures = await ask('figures');
  const seconds = (performance.now() - began) / 1000;
  const serverCpuMs = cpuMs(server.pid) - cpuBefore;
  sample('end');
  await ask('stop');
  const pool = await client.pool();
  const late = await ask('figures');
  await ask('close');
  return resultOf({ figures, late, seconds, serverCpuMs, memory, pool });
}

async function rest(seconds, each = () => {}) {
  for (const until = performance.now() + seconds * 1000; performance.now() < until; ) {
    await sleep(Math.min(SAMPLE_MS, Math.max(1, until - performance.now())));
    if (failure !== null) throw failure;
    each();
  }
}

function resultOf({ figures, late, seconds, serverCpuMs, memory, pool }) {
  const requests = sumOf(figures, (one) => one.requests);
  const rates = figures.map((one) => one.requests / seconds);
  const pageRates = figures.map((one) => one.pages / seconds);
  const errors = {};
  for (const one of [...figures, ...late]) {
    for (const [errno, count] of Object.entries(one.errors))
      errors[errno] = (errors[errno] ?? 0) + count;
  }
  const running = memory.filter(({ when }) => when === 'running');
  const at = (when) => memory.find((one) => one.when === when);
  return {
    schema: 'pagelend.bench-load/1',
    node: process.version,
    version: server.version,
    leases: leaseCount,
    ...{ depth: number('depth'), slots, seconds: round(seconds), tier: values.tier ?? null },
    requests,
    requestsPerSecond: Math.round(requests / seconds),
    pagesPerSecond: Math.round(sumOf(pageRates, (rate) => rate)),
    perLease: { requestsPerSecond: spreadOf(rates), pagesPerSecond: spreadOf(pageRates) },
    latencies: latenciesOf(figures),
    serverCpuUs: round((serverCpuMs * 1000) / requests),
    serverCpuUsPerPage: round((serverCpuMs * 1000) / sumOf(figures, (one) => one.pages)),
    memory: {
      start: at('start'),
      filled: at('filled'),
      warm: at('warm'),
      end: at('end'),
      ownBytesMax: Math.max(...running.map(({ ownBytes }) => ownBytes)),
      /** The most in each quarter of the time: what leaks grows from each to the next. */
      ownBytesByQuarter: quartersOf(running).map((part) =>
        Math.max(...part.map(({ ownBytes }) => ownBytes)),
      ),
    },
    pool,
    errors,
    wrongPages: sumOf([...figures, ...late], (one) => one.wrongPages),
  };
}

function quartersOf(all) {
  const length = Math.ceil(all.length / 4);
  return [0, 1, 2, 3].map((part) => all.slice(part * length, (part + 1) * length)).filter(hasAny);
}

function hasAny(part) {
  return part.length > 0;
}

function latenciesOf(figures) {
  const rows = {};
  for (const name of Object.keys(figures[0].latencies)) {
    const all = new Latencies();
    for (const { latencies } of figures) all.merge(latencies[name]);
    const [p50Us, p99Us, p999Us] = [0.5, 0.99, 0.999].map((share) => all.quantileUs(share));
    rows[name] = { requests: all.count, p50Us, p99Us, p999Us };
  }
  return rows;
}

function spreadOf(rates) {
  const [min, max] = [Math.min(...rates), Math.max(...rates)];
  return {
    min: round(min),
    median: round(median(rates)),
    max: round(max),
    ratio: round(max / min),
  };
}

function sumOf(all, get) {
  return all.reduce((sum, one) => sum + get(one), 0);
}

function round(value) {
  return Math.round(value * 100) / 100;
}

function print(result) {
  if (values.json) {
    console.log(JSON.stringify(result, null, 2));
    return;
  }
  const { perLease, memory, pool } = result;
  console.log(
    `${result.version}; ${result.leases} leases, depth ${result.depth}, ${result.seconds} s: ` +
      `${result.requestsPerSecond} requests and ${result.pagesPerSecond} pages a second, ` +
      `${result.serverCpuUs} µs of the daemon's CPU a request, ${result.serverCpuUsPerPage} a page`,
  );
  console.table(perLease);
  console.table(result.latencies);
  const mib = (bytes) => round(bytes / MIB);
  console.log(
    `the daemon's own memory: ${mib(memory.start.ownBytes)} MiB at the start, ` +
      `${mib(memory.warm.ownBytes)} warm, ${mib(memory.end.ownBytes)} at the end ` +
      `(at most ${memory.ownBytesByQuarter.map(mib).join(', ')} by quarters); pool ${mib(pool.mem_used_total)} of ${mib(pool.mem_limit)} MiB ` +
      `for ${mib(pool.orig_data_size)} MiB of pages`,
  );
  console.log(`errors: ${JSON.stringify(result.errors)}; wrong pages: ${result.wrongPages}`);
}
