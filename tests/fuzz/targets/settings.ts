// Settings, from a file of TOML and from flags. Whatever stands there: one line that names the setting
// or the place in the file, by code, or settings that the daemon can rely upon, the same both ways.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSettings, type ServeSettings } from '../../../packages/daemon/src/config.ts';
import { daemonErrors } from '../../../packages/daemon/src/errors.ts';
import { settings } from '../../../packages/daemon/src/settings.ts';
import { codeOf, must, type Target } from '../target.ts';
import { sharedMemoryFolder } from './folders.ts';

const CODES = Object.keys(daemonErrors);
const MARK = '\n---flags---\n';
const PAGE_BYTES = 4096;

function flagsOf(text: string): Record<string, unknown> {
  const flags: Record<string, unknown> = {};
  for (const line of text.split('\n')) {
    const [name = '', ...rest] = line.split('=');
    if (name === '') continue;
    const value = rest.length === 0 ? true : rest.join('=');
    const held = flags[name];
    const isListed = name === 'lease' || held !== undefined;
    flags[name] = isListed ? [...(Array.isArray(held) ? held : held ? [held] : []), value] : value;
  }
  return flags;
}

function parsed(flags: Record<string, unknown>, file: string | null): ServeSettings | null {
  try {
    const found = parseSettings(flags, file);
    check(found);
    return found;
  } catch (error) {
    codeOf(error, 'DaemonError', CODES);
    const { message } = error as Error;
    must(!/[\p{Cc}]/u.test(message), `a message that steers: ${JSON.stringify(message)}`);
    return null;
  }
}

function check(found: ServeSettings): void {
  const isCount = (value: number): boolean => Number.isSafeInteger(value) && value > 0;
  must(isCount(found.memoryBytes), `memory of ${found.memoryBytes}`);
  must(/^\/[^\0]*$/.test(found.stateDir), `state in ${found.stateDir}`);
  for (const count of [found.threadCount, found.connectionsMax, found.leaseConnectionsMax]) {
    must(isCount(count), `a count of ${count}`);
  }
  must(isCount(found.handshakesMax) && isCount(found.negotiationTimeoutMs), 'handshakes');
  must((found.socketMode & ~0o777) === 0, `mode ${found.socketMode}`);
  for (const address of [found.listen, found.http]) {
    if (address === null) continue;
    const isPort = Number.isInteger(address.port) && address.port >= 0 && address.port <= 65_535;
    must(isPort && address.host !== '', `address ${JSON.stringify(address)}`);
  }
  const names = new Set<string>();
  for (const { name, bytes, limitBytes } of found.leases) {
    must(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/.test(name) && !names.has(name), `lease ${name}`);
    must(isCount(bytes) && bytes % PAGE_BYTES === 0, `a lease of ${bytes} bytes`);
    must(limitBytes === null || isCount(limitBytes), `a limit of ${limitBytes}`);
    names.add(name);
  }
}

function run(input: Uint8Array): void {
  const text = Buffer.from(input).toString('utf8');
  const [inFile = '', inFlags = ''] = text.split(MARK, 2);
  const path = join(sharedMemoryFolder(), 'settings.toml');
  writeFileSync(path, inFile);
  parsed({}, path);
  const flags = flagsOf(inFlags);
  parsed(flags, path);
  const alone = parsed(flags, null);
  // In a file such signs are written otherwise than here.
  if (alone === null || /[\p{Cc}\p{Cs}\ufffd]/u.test(inFlags.replaceAll('\n', ''))) return;
  // What flags say is said again by a file that says nothing else.
  const toml = Object.entries(flags).map(([name, value]) => `${name} = ${tomlOf(value)}`);
  writeFileSync(path, toml.join('\n'));
  const again = parsed({}, path);
  must(again !== null, `flags are understood that the file is not: ${toml.join('; ')}`);
  must(JSON.stringify(again) === JSON.stringify(alone), 'the file says it otherwise than flags');
}

function tomlOf(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(tomlOf).join(',')}]` : JSON.stringify(value);
}

function both(file: string, flags: string): Uint8Array {
  return Buffer.from(`${file}${MARK}${flags}`);
}

export const target: Target = {
  bytesMax: 2048,
  words: [...Object.keys(settings), MARK, '64MiB', '127.0.0.1:', 'tcp:', '[[lease]]\n', '"""'],
  seeds: () => [
    both(
      'memory = "64MiB"\ncodec = "zstd"\nlease = ["web=1GiB,limit=256MiB", { name = "db", size = "8k" }]\n' +
        'listen = "tcp:127.0.0.1"\nhttp = "off"\nsocket-mode = "0666"\nconnections-max = 7\n' +
        'negotiation-timeout = 3\nfull-error = "ENOSPC"\nstate-dir = "/run/x"\n',
      'memory=32MiB\nthreads=2',
    ),
    both('', 'memory=1GiB\nstate-dir=/x\nlease=web=1GiB\nlease=db=4096,limit=1m\nhttp=127.0.0.1:1'),
    both('[[lease]]\nname = "a"\nsize = 4096\n', 'memory=1m\nlisten=tcp:0.0.0.0:1\ninsecure-tcp'),
    both('memory = 1048576 # bytes', 'tls=required\ntls-psk=keys.psk\nmemory=1m\nlog-level=debug'),
  ],
  run,
};
