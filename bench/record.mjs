// What recording a lease costs the requests of its guests: the same load on one lender, alternately
// with and without `lease record` reading beside it. Ratios of throughput and of the daemon's
// processor time per request, the latter with the main thread's share in passing records on; the
// recorder's own processor time is apart.
//
//   node bench/record.mjs [--pages pages.bin] [--rounds 7] [--ms 1000] [--json]

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cpuMs } from './lib/proc.mjs';
import { median } from './lib/random.mjs';
import { startServer } from './lib/servers.mjs';
import { LoadGenerator } from './nbd-load.mjs';
import { PAGE_BYTES, realPages } from './real-pages.mjs';

const PAGELEND = fileURLToPath(new URL('../packages/cli/bin/pagelend.js', import.meta.url));
const CONNECTIONS_MAX = 2;

const { values } = parseArgs({
  options: {
    pages: { type: 'string' },
    count: { type: 'string', default: '16384' },
    rounds: { type: 'string', default: '7' },
    ms: { type: 'string', default: '1000' },
    ops: { type: 'string', default: 'read,mix' },
    depths: { type: 'string', default: '1,16' },
    connections: { type: 'string', default: '1,2' },
    json: { type: 'boolean', default: false },
  },
});
const tell = (line) => process.stderr.write(`${line}\n`);
const pages = await realPages({ path: values.pages, count: Number(values.count), tell });
const slots = pages.length / PAGE_BYTES;
const load = new LoadGenerator({ pages, connectionsMax: CONNECTIONS_MAX, slots });
const server = await startServer('pagelend', slots * PAGE_BYTES);
try {
  await load.fill(server, slots);
  const rows = [];
  for (const configuration of configurations()) rows.push(await measure(configuration));
  if (values.json) {
    console.log(JSON.stringify({ schema: 'pagelend.bench-record/1', pages: slots, rows }, null, 2));
  } else {
    console.log(`${server.version}; Node ${process.version}; ${slots} real pages`);
    console.table(rows);
  }
} finally {
  await load.close();
  await server.stop();
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

/** Rounds of both, each beginning with the other; ratios are of a round's two runs. */
async function measure(configuration) {
  const rounds = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const options = { ...configuration, slots, ms: Number(values.ms), seed: round + 1 };
    const isOnFirst = round % 2 === 1;
    const first = isOnFirst ? await recorded(options) : await load.run(server, options);
    const second = isOnFirst ? await load.run(server, options) : await recorded(options);
    rounds.push(isOnFirst ? { on: first, off: second } : { on: second, off: first });
  }
  const over = (get) => Math.round(median(rounds.map(get)) * 1000) / 1000;
  return {
    load: `${configuration.op} depth ${configuration.depth} x ${configuration.connections}`,
    off_iops: over(({ off }) => off.requestsPerSecond),
    on_iops: over(({ on }) => on.requestsPerSecond),
    on_to_off_iops: over(({ on, off }) => on.requestsPerSecond / off.requestsPerSecond),
    off_cpu_us: over(({ off }) => off.serverCpuUs),
    on_cpu_us: over(({ on }) => on.serverCpuUs),
    on_to_off_cpu: over(({ on, off }) => on.serverCpuUs / off.serverCpuUs),
    recorder_cpu_us: over(({ on }) => on.recorderCpuUs),
    lost: rounds.reduce((sum, { on }) => sum + on.lost, 0),
  };
}

/** A run beside a recorder; it must have all requests, or have counted those that it lost. */
async function recorded(options) {
  const verb = ['lease', 'record', server.exportName, '-o', '/dev/null', '--json'];
  const child = spawn(process.execPath, [PAGELEND, ...verb, '--state-dir', server.scratch], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  await once(child.stderr, 'data');
  const before = server.usage();
  const cpuBefore = cpuMs(child.pid);
  const figures = await load.run(server, options);
  const recorderCpuUs = ((cpuMs(child.pid) - cpuBefore) * 1000) / figures.requests;
  const after = server.usage();
  child.kill('SIGINT');
  await exited;
  const { reads, writes, lost_requests: lost } = JSON.parse(printed);
  const served = ['num_reads', 'num_writes'].reduce(
    (sum, key) => sum + after[key] - before[key],
    0,
  );
  if (reads + writes + lost !== served) {
    throw new Error(`${reads} reads, ${writes} writes, ${lost} lost of ${served} pages served`);
  }
  return { ...figures, recorderCpuUs, lost };
}
