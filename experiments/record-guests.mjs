// Records what guests do with their swap: real guests, booted from Debian's kernel, with a lease as
// their only swap and programs that need more memory than there is. The traces are of slots, not of
// the programs' pages: what a policy behind the lender's pool would see. Made again by
//
//   npm run build && node experiments/record-guests.mjs            writes recordings/guests/*.plt
//   node experiments/record-guests.mjs --only sqlite3 --kind tcg --out FOLDER

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  bootGuest,
  buildProgram,
  chooseKind,
  deviceSwapCommand,
  Hog,
  hogProgram,
} from '@pagelend/guests';

const MIB = 2 ** 20;
const GUEST_BYTES = 96 * MIB;
/** Little more than is swapped: with more room the kernel would seldom use a slot a second time. */
const LEASE_MIB = 128;
const LEASE = 'guest';
const RUN_SECONDS = 1200;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PAGELEND = process.env.PAGELEND_BIN ?? here('../packages/cli/bin/pagelend.js');

/** A table of 60,000 rows in memory, some 90 MiB, and orders of which most are for few of the rows. */
const SHOP_SQL = `
PRAGMA cache_size = -1;
CREATE TABLE item(id INTEGER PRIMARY KEY, shop INT, price INT, note TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
  INSERT INTO item SELECT i, i * 7919 % 97, i * 104729 % 1000,
    printf('%032d', i * 2654435761 % 4294967296) || hex(zeroblob(600)) FROM n;
CREATE INDEX by_shop ON item(shop, price);
CREATE TEMP TABLE dice(x INTEGER PRIMARY KEY, y INT);
WITH RECURSIVE d(i, s) AS (SELECT 1, 5 UNION ALL SELECT i + 1, s * 16807 % 2147483647 FROM d WHERE i < 8000)
  INSERT INTO dice SELECT i, s FROM d;
`;
/** Three in four draws are of a tenth of the rows. A turn reads 2,000 rows and changes 400. */
const ROW = `CASE y % 4 WHEN 0 THEN y / 4 % 60000 ELSE y / 4 % 6000 END + 1`;
const ORDERS_SQL = (turn) => `
SELECT sum(length(note)) FROM dice, item WHERE dice.x % 4 = ${turn % 4} AND item.id = ${ROW};
UPDATE item SET price = price + 1 WHERE id IN (SELECT ${ROW} FROM dice WHERE x % 20 = ${turn});
UPDATE dice SET y = y * 48271 % 2147483647;
`;

/** Name to what a guest runs; `files` go to the guest beside it. */
const workloads = {
  hog: {
    files: async () => ({ [hogProgram]: await buildProgram('hog') }),
    run: async (guest) => {
      const options = { seed: 1, compressiblePercent: 60 };
      const hot = await Hog.start(guest, { name: 'hot', bytes: 40 * MIB, ...options });
      const cold = await Hog.start(guest, { name: 'cold', bytes: 72 * MIB, ...options });
      for (let turn = 0; turn < 12; turn++) {
        const checks = [await hot.touch(0.6), await cold.touch(0.1)];
        if (checks.some(({ damagedCount }) => damagedCount > 0)) throw new Error('damaged pages');
        await hot.rewrite(0.25);
        if (turn % 4 === 3) await cold.rewrite(0.1);
      }
      await hot.quit();
      await cold.quit();
    },
  },
  sqlite3: {
    files: () => ({ '/usr/bin/sqlite3': '/usr/bin/sqlite3' }),
    input: () => SHOP_SQL + Array.from({ length: 20 }, (_, turn) => ORDERS_SQL(turn)).join(''),
    run: (guest) => guest.mustRun('sqlite3 :memory: < /job/input', { timeoutSeconds: RUN_SECONDS }),
  },
};

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    kind: { type: 'string' },
    out: { type: 'string', default: here('../recordings/guests') },
  },
});
const tell = (line) => process.stderr.write(`${line}\n`);
const names = values.only ?? Object.keys(workloads);
for (const name of names) {
  if (!Object.hasOwn(workloads, name)) {
    throw new Error(`no workload ${name}; there are ${Object.keys(workloads).join(', ')}`);
  }
}
/** What is running, last first, so that an interrupted run leaves nothing behind. */
const undo = [];
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => void undoAll().finally(() => process.exit(1)));
}
const kind = values.kind ?? (await chooseKind()).kind;
mkdirSync(values.out, { recursive: true });
for (const name of names) await record(name);

async function record(name) {
  const folder = mkdtempSync(join(tmpdir(), 'pagelend-record-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  try {
    await startLender(folder);
    const workload = workloads[name];
    const files = { ...(await workload.files()) };
    if (workload.input !== undefined) {
      files['/job/input'] = join(folder, 'input');
      writeFileSync(files['/job/input'], workload.input());
    }
    const socket = join(folder, 'state/leases', `${LEASE}.sock`);
    const disk = { kind: 'nbd', socket, exportName: LEASE, reconnectDelaySeconds: 10 };
    const guest = await bootGuest({
      ...{ name: 'recorded', kind, memoryBytes: GUEST_BYTES, disks: [disk], files, folder },
    });
    undo.push(() => guest.stop());
    tell(`${name}: Linux ${guest.kernelRelease} as ${kind}, ${GUEST_BYTES / MIB} MiB`);
    await guest.mustRun('echo 0 > /proc/sys/vm/page-cluster');
    const device = guest.devices[0];
    // A virtio disk says that it turns, and of such the kernel discards no freed slots.
    const queue = `/sys/block/${device.replace('/dev/', '')}/queue`;
    await guest.mustRun(`echo 0 > ${queue}/rotational`);
    await guest.mustRun(deviceSwapCommand({ device }));
    const note = `Linux ${guest.kernelRelease} as ${kind}, ${GUEST_BYTES / MIB} MiB, ${name}, vm.page-cluster 0`;
    const recorder = await startRecorder(folder, join(values.out, `${name}.plt`), note);
    await workload.run(guest);
    tell(`${name}: ${await recorder.end()}`);
  } finally {
    await undoAll();
  }
}

async function undoAll() {
  for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
}

async function startLender(folder) {
  const state = ['--state-dir', join(folder, 'state'), '--pool-dir', join(folder, 'pool')];
  const child = spawn(
    process.execPath,
    [
      PAGELEND,
      'serve',
      ...state,
      '--memory',
      '512MiB',
      '--lease',
      `${LEASE}=${LEASE_MIB}MiB`,
      '--http',
      'off',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  undo.push(() => stopped(child, 'SIGTERM'));
  await saying(child, /^ready:/m);
}

/** Settles once what the guest asks for is recorded. */
async function startRecorder(folder, file, note) {
  const words = ['lease', 'record', LEASE, '-o', file, '--note', note];
  const child = spawn(
    process.execPath,
    [PAGELEND, ...words, '--state-dir', join(folder, 'state')],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  undo.push(() => stopped(child, 'SIGTERM'));
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  await saying(child, /^recording lease/m);
  return {
    end: async () => {
      await stopped(child, 'SIGINT');
      return printed.trim();
    },
  };
}

/** Waits until the child says something on stderr, or fails with all that it said. */
function saying(child, wanted) {
  let said = '';
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`it ended (${code}): ${said}`)));
    child.stderr.on('data', (chunk) => {
      said += chunk;
      if (wanted.test(said)) resolve();
    });
  });
}

async function stopped(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}
