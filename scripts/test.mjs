// `npm test`: sets everything up and runs the checks and the tests, ending with one line of counts.
// `npm run test:long` runs the long tests instead.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustRun, root, say, setUp } from './setup.mjs';
import { needPrograms } from './system-packages.mjs';

/** What tests run beside our own: recorders, browsers, and clients that others wrote. */
const TOOLS = [
  ...['valgrind', 'zstd', 'chromium', 'fio', 'strace'],
  ...['nbdcopy', 'nbdinfo', 'nbdsh', 'nbdkit', 'nbd-client', 'qemu-img', 'qemu-io', 'openssl'],
  ...['qemu-system-x86_64', 'qemu-storage-daemon', 'linux.uml', 'busybox'],
  ...['gcc', 'mke2fs', 'lz4', 'cpio'],
  ...['liblzo2.so.2', 'libzstd.so.1', 'liblz4.so.1'],
];

const isLong = process.argv.includes('--long');

setUp();
needPrograms(TOOLS);
if (!isLong) {
  say('checking style');
  mustRun(process.execPath, [
    'node_modules/@biomejs/biome/bin/biome',
    'check',
    '--log-level=error',
    '.',
  ]);
}

const scratch = mkdtempSync(join(tmpdir(), 'pagelend-test-'));
const report = join(scratch, 'report.json');
const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, PAGELEND_TEST_LONG: isLong ? '1' : '0' } },
);
let counts = { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0 };
try {
  counts = JSON.parse(readFileSync(report, 'utf8'));
} catch {
  // The runner ended before it could report: the failure stands.
}
rmSync(scratch, { recursive: true, force: true });
const { numPassedTests, numFailedTests, numPendingTests } = counts;
// A file that failed to load has no test to count, and still is a failure.
const failed = status !== 0 && numFailedTests === 0 ? 1 : numFailedTests;
const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : '';
process.stdout.write(`${numPassedTests} passed, ${failed} failed${skipped}\n`);
process.exitCode = status === 0 && numPassedTests > 0 ? 0 : 1;
