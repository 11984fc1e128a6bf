// fio against a server, for those who trust it more than a generator of ours. Reads only: what fio
// writes is random or repeated bytes, neither of which compresses as memory does.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** Null, or why fio cannot be used here. */
export function whyNoFio() {
  const { status, stdout } = spawnSync('fio', ['--enghelp'], { encoding: 'utf8' });
  if (status !== 0) return 'fio is not installed';
  return /^\s*nbd\s*$/m.test(stdout) ? null : 'this fio was built without the engine nbd';
}

export async function fioRead(server, { depth, connections, ms, bytes }) {
  const uri = `nbd+unix:///${server.exportName}?socket=${server.socket}`;
  const child = spawn(
    'fio',
    [
      ...['--name=read', '--ioengine=nbd', `--uri=${uri}`, '--rw=randread', '--bs=4k'],
      ...[`--iodepth=${depth}`, `--numjobs=${connections}`, '--thread', '--group_reporting'],
      ...[`--size=${bytes}`, '--time_based', `--runtime=${ms}ms`, '--output-format=json'],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`fio ended with status ${status} at ${server.name}`);
  const text = Buffer.concat(chunks).toString();
  const { read } = JSON.parse(text.slice(text.indexOf('{'))).jobs[0];
  return {
    requestsPerSecond: Math.round(read.iops),
    meanUs: Math.round(read.lat_ns.mean / 100) / 10,
  };
}
