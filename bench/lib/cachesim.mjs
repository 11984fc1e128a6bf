// libCacheSim's `cachesim` as a peer: traces for it, its exact misses, and its processor time; and our
// own side of the same measurement, in a process of its own as well.

import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, closeSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportTrace } from '@pagelend/trace';

/** A record of oracleGeneral: u32 time, u64 id, u32 size, i64 position of the next access. */
const RECORD_BYTES = 24;
const ID_AT = 4;
const SIZE_AT = 12;
const NEXT_AT = 16;

/**
 * cachesim prints miss ratios with four digits, and none of its files has more. A ratio of exactly so
 * many requests has no more than that, so the sum over its reports of that length is exact.
 */
const INTERVAL = 10_000;
/** Past the end of any trace: no reports that would cost time. */
const NO_REPORTS = 2 ** 31 - 1;
const OUTPUT_BYTES_MAX = 256 * 2 ** 20;

const worker = fileURLToPath(new URL('../replay-one.mjs', import.meta.url));

/**
 * Writes the trace as oracleGeneral. Its last page is repeated until the references are a multiple of
 * the interval; those are hits under every policy and count for nothing.
 */
export async function exportForCachesim(input, output) {
  await exportTrace({ format: 'oracleGeneral', input, output });
  const count = statSync(output).size / RECORD_BYTES;
  const missing = (INTERVAL - (count % INTERVAL)) % INTERVAL;
  const id = lastId(output, count);
  const records = Buffer.alloc(missing * RECORD_BYTES);
  for (let i = 0; i < missing; i++) {
    const at = i * RECORD_BYTES;
    records.writeUInt32LE((count + i) >>> 0, at);
    records.writeBigUInt64LE(id, at + ID_AT);
    records.writeUInt32LE(1, at + SIZE_AT);
    records.writeBigInt64LE(-1n, at + NEXT_AT);
  }
  appendFileSync(output, records);
}

function lastId(path, count) {
  const record = Buffer.alloc(RECORD_BYTES);
  const fd = openSync(path);
  try {
    readSync(fd, record, 0, RECORD_BYTES, (count - 1) * RECORD_BYTES);
  } finally {
    closeSync(fd);
  }
  return record.readBigUInt64LE(ID_AT);
}

/** Misses of cachesim's `name` on the whole trace, exactly. */
export function missesOf(cachesim, oracle, name, frames) {
  const { stderr, stdout } = run(
    [cachesim, ...argumentsFor(oracle, name, frames, INTERVAL)],
    oracle,
  );
  const reports = [
    ...`${stdout}${stderr}`.matchAll(
      /: (\d+) requests, miss ratio [\d.]+, interval miss ratio ([\d.]+)/g,
    ),
  ];
  const count = statSync(oracle).size / RECORD_BYTES;
  if (reports.length * INTERVAL !== count || Number(reports.at(-1)?.[1]) !== count) {
    throw new Error(
      `cachesim ${name}: ${reports.length} reports for ${count} references; expected one for each ${INTERVAL}, as libCacheSim of October 2024 prints them`,
    );
  }
  return reports.reduce((sum, [, , ratio]) => sum + Math.round(Number(ratio) * INTERVAL), 0);
}

/** User CPU seconds of the whole process: cachesim reads a mapped file and does little else. */
export function measureCachesim(cachesim, oracle, name, frames) {
  const args = argumentsFor(oracle, name, frames, NO_REPORTS);
  const { stderr } = run(['/usr/bin/time', '-f', '%U', cachesim, ...args], oracle);
  return Number(/([\d.]+)\s*$/.exec(stderr)[1]);
}

/** One replay of ours: faults, and references per CPU-second of the replay alone. */
export function measureOwn(policy, path, frames) {
  const output = execFileSync(process.execPath, [worker, policy, path, String(frames)], {
    encoding: 'utf8',
  });
  return JSON.parse(output);
}

function argumentsFor(oracle, name, frames, interval) {
  const options = ['--ignore-obj-size', '1', '--report-interval', String(interval)];
  return [oracle, 'oracleGeneral', name, String(frames), ...options];
}

/** It leaves a file of results in its working folder, which is therefore that of the trace. */
function run([program, ...args], oracle) {
  const { stderr, stdout, status, error } = spawnSync(program, args, {
    encoding: 'utf8',
    cwd: dirname(oracle),
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return { stderr, stdout };
}
