// The lender side by side with other NBD servers that keep pages in memory, in one run, on real
// pages: random reads, writes and a mix of 70:30, depths 1, 16 and 32, one and two connections.
// Rounds alternate between the servers; a ratio is the median of the rounds' ratios.
//
//   node bench/serve.mjs [--pages pages.bin] [--rounds 5] [--quick] [--fio] [--json]

import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { fioRead, whyNoFio } from './lib/fio.mjs';
import { median } from './lib/random.mjs';
import { servers, startServer, whyNoServer } from './lib/servers.mjs';
import { LoadGenerator } from './nbd-load.mjs';
import { PAGE_BYTES, realPages } from './real-pages.mjs';

const CONNECTIONS_MAX = 2;
const OURS = 'pagelend';

const { values } = parseArgs({
  options: {
    pages: { type: 'string' },
    count: { type: 'string', default: '32768' },
    rounds: { type: 'string' },
    ms: { type: 'string' },
    seed: { type: 'string', default: '1' },
    servers: { type: 'string', default: Object.keys(servers).join(',') },
    ops: { type: 'string', default: 'read,write,mix' },
    depths: { type: 'string', default: '1,16,32' },
    connections: { type: 'string', default: '1,2' },
    quick: { type: 'boolean', default: false },
    fio: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const tell = (line) => process.stderr.write(`${line}\n`);
const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
const ms = Number(values.ms ?? (values.quick ? 300 : 1000));

if (loadavg()[0] > availableParallelism() / 2) {
  tell('this machine is busy: trust the ratios of processor time rather than those of IOPS');
}
const pages = await realPages({ path: values.pages, count: Number(values.count), tell });
const slots = pages.length / PAGE_BYTES;
const load = new LoadGenerator({ pages, connectionsMax: CONNECTIONS_MAX, slots });
const running = await startAll(values.servers.split(','));
try {
  for (const server of running) await load.fill(server, slots);
  const measured = [];
  for (let round = 0; round < rounds; round++) measured.push(await oneRound(round));
  print(measured);
} finally {
  await load.close();
  for (const server of running) await server.stop();
}

async function startAll(names) {
  const started = [];
  for (const name of names) {
    const reason = whyNoServer(name);
    if (reason !== null) tell(`${name}: skipped, ${reason}`);
    else started.push(await startServer(name, slots * PAGE_BYTES));
  }
  if (started.length === 0) throw new Error('there is no server to measure');
  return started;
}

function configurations() {
  const numbers = (text) => text.split(',').map(Number);
  return values.ops
    .split(',')
    .flatMap((op) =>
      numbers(values.depths).flatMap((depth) =>
        numbers(values.connections).map((connections) => ({ op, depth, connections })),
      ),
    );
}

/** Configuration to server to figures; the server that begins changes from round to round. */
async function oneRound(round) {
  const results = new Map();
  for (const configuration of configurations()) {
    const figures = {};
    for (let i = 0; i < running.length; i++) {
      const server = running[(i + round) % running.length];
      process.stderr.write(`round ${round + 1}: ${nameOf(configuration)} ${server.name}        \r`);
      const seed = Number(values.seed) + round;
      figures[server.name] = await load.run(server, { ...configuration, slots, ms, seed });
    }
    results.set(nameOf(configuration), figures);
  }
  if (values.fio) await fioRound(results);
  return results;
}

async function fioRound(results) {
  const reason = whyNoFio();
  if (reason !== null) return tell(`fio: skipped, ${reason}`);
  for (const { depth, connections } of configurations().filter(({ op }) => op === 'read')) {
    const figures = {};
    for (const server of running) {
      const bytes = slots * PAGE_BYTES;
      figures[server.name] = await fioRead(server, {
        depth,
        connections,
        ms: Math.max(ms, 1000),
        bytes,
      });
    }
    results.set(`fio read depth ${depth} x ${connections}`, figures);
  }
}

function nameOf({ op, depth, connections }) {
  return `${op} depth ${depth} x ${connections}`;
}

function print(measured) {
  const rows = [...measured[0].keys()].flatMap((name) =>
    running.map((server) => rowOf(name, server.name, (get) => median(measured.map(get)))),
  );
  const versions = [...new Set(running.map(({ version }) => version))];
  const about = { node: process.version, versions, pages: slots, rounds, ms };
  if (values.json) {
    console.log(JSON.stringify({ schema: 'pagelend.bench-serve/1', ...about, rows }, null, 2));
    return;
  }
  console.log(
    `${versions.join(', ')}; Node ${process.version}; ${slots} real pages, ${rounds} rounds`,
  );
  console.table(rows);
}

/** `ours_iops_ratio`: our IOPS over this server's; `ours_cpu_ratio`: our time per request over its. */
function rowOf(name, server, overRounds) {
  const figure = (key) => overRounds((round) => round.get(name)[server][key] ?? null);
  const ratio = (key) => {
    const get = (round) =>
      (round.get(name)[OURS]?.[key] ?? Number.NaN) / round.get(name)[server][key];
    return round2(overRounds(get));
  };
  return {
    load: name,
    server,
    iops: figure('requestsPerSecond'),
    median_us: figure('medianUs'),
    p99_us: figure('p99Us'),
    server_cpu_us: figure('serverCpuUs'),
    client_cpu_us: figure('clientCpuUs'),
    ours_iops_ratio: ratio('requestsPerSecond'),
    ours_cpu_ratio: ratio('serverCpuUs'),
  };
}

function round2(value) {
  return Number.isFinite(value) ? Math.round(value * 100) / 100 : null;
}
