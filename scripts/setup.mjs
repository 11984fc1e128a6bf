// Sets up a clone so that it can run: Node's version, npm packages, the build. Uses nothing but
// Node itself, because it runs before anything is installed.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const NODE_MIN = [20, 19];

/** Installs and builds where that is needed. Ends the process with one line where it cannot. */
export function setUp() {
  checkNode();
  if (!isInstalled()) {
    say('installing npm packages (npm ci)');
    mustRun('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  }
  say('building');
  mustRun(process.execPath, ['scripts/kernels.mjs']);
  mustRun(process.execPath, ['node_modules/typescript/bin/tsc', '-b']);
}

/** Says what is going on, on stderr, so that results on stdout stay alone. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Runs a command with this process's own terminal; ends the process where it fails. */
export function mustRun(command, args, options = {}) {
  const { status, signal, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['inherit', 2, 'inherit'],
    ...options,
  });
  if (error !== undefined) fail(`${command}: ${error.message}`);
  if (status !== 0) fail(`${command} ${args.join(' ')} ended with ${signal ?? `status ${status}`}`);
}

export function fail(text) {
  say(`pagelend: ${text}`);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return;
  fail(`Node ${process.versions.node} is too old; Node ${NODE_MIN.join('.')} or later is needed`);
}

/** npm writes a copy of the lock into node_modules; an older one than ours is out of date. */
function isInstalled() {
  const installed = `${root}/node_modules/.package-lock.json`;
  if (!existsSync(installed)) return false;
  const lock = JSON.parse(readFileSync(`${root}/package-lock.json`, 'utf8'));
  const held = JSON.parse(readFileSync(installed, 'utf8'));
  const isHeld = ([path, { version, optional, link }]) =>
    path === '' || optional || link || held.packages[path]?.version === version;
  return (
    Object.entries(lock.packages).every(isHeld) &&
    statSync(`${root}/node_modules/.bin`).isDirectory()
  );
}
