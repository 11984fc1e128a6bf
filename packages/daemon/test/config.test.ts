// Settings from flags and from the file: the same names, the same values, the same complaints.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseSettings } from '../src/config.ts';
import { settings } from '../src/settings.ts';
import { temporaryFolder } from './folder.ts';

const folder = temporaryFolder();
const EXAMPLE = fileURLToPath(new URL('../../../examples/serve/pagelend.toml', import.meta.url));

function inFile(text: string, flags: Record<string, unknown> = {}) {
  const path = join(folder, 'pagelend.toml');
  writeFileSync(path, text);
  return parseSettings(flags, path);
}

describe('settings', () => {
  test('have defaults, all but the memory', () => {
    expect(parseSettings({ memory: '1GiB', 'state-dir': '/x', threads: '3' })).toEqual({
      stateDir: '/x',
      memoryBytes: 2 ** 30,
      codec: 'lzo',
      leases: [],
      listen: null,
      http: { host: '127.0.0.1', port: 10_810 },
      isHttpGiven: false,
      poolDir: null,
      socketMode: 0o600,
      socketGroup: null,
      fullError: 'EIO',
      httpTokenFile: null,
      insecureTcp: false,
      tcpKeys: false,
      tier: null,
      tls: null,
      logLevel: 'info',
      threadCount: 3,
      connectionsMax: Number(settings['connections-max'].default),
      leaseConnectionsMax: Number(settings['lease-connections-max'].default),
      handshakesMax: Number(settings['handshakes-max'].default),
      negotiationTimeoutMs: 10_000,
    });
    expect(() => parseSettings({ 'state-dir': '/x' })).toThrow(/--memory is missing/);
  });

  test('of the tier have defaults where there is one', () => {
    const given = { memory: '1GiB', 'state-dir': '/x', tier: '/y/tier' };
    expect(parseSettings(given).tier).toEqual({
      path: '/y/tier',
      bytes: null,
      isEncrypted: false,
      policy: 'craw-rm',
      costRatio: null,
      promotion: 'second',
      idleSeconds: Number.POSITIVE_INFINITY,
      writeBytesPerDay: Number.POSITIVE_INFINITY,
      share: 'off',
    });
    expect(parseSettings({ memory: '1GiB', 'state-dir': '/x', 'tier-lost': true }).tier).toBe(
      'lost',
    );
  });

  test.each([
    [{ 'tier-size': '1GiB' }, /--tier-size needs a tier/],
    [{ policy: 'lru' }, /--policy needs a tier/],
    [{ tier: '/t', 'tier-lost': true }, /--tier-lost says that there is no tier/],
    [{ tier: '/t', policy: 'nobody' }, /--policy: no policy 'nobody'/],
    [{ tier: '/t', policy: 'min' }, /knows the future/],
    [{ tier: '/t', 'write-budget': '1GiB' }, /add --idle-after/],
    [{ tier: '/t', 'cost-ratio': '0' }, /--cost-ratio "0": expected a number above 0/],
    [{ tier: '/t', promote: 'often' }, /--promote "often": expected one of always, second, never/],
    [{ tier: '/t', share: 'fair' }, /--share "fair": expected one of off, auto/],
  ])('of the tier are refused where they make no sense: %o', (flags, why) => {
    expect(() => parseSettings({ memory: '1GiB', 'state-dir': '/x', ...flags })).toThrow(why);
  });

  test('are the same from flags and from the file, and flags win', () => {
    const file = `
      memory = "64MiB"
      codec = "zstd"
      lease = ["web=1GiB,limit=256MiB", { name = "db", size = "8k" }]
      listen = "tcp:127.0.0.1"
      http = "off"
      socket-mode = "0666"
      connections-max = 7
      negotiation-timeout = 3
      full-error = "ENOSPC"
      state-dir = "/run/x"
    `;
    const flags = {
      memory: '64MiB',
      codec: 'zstd',
      lease: ['web=1GiB,limit=256MiB', 'db=8192'],
      listen: 'tcp:127.0.0.1:10809',
      http: 'off',
      'socket-mode': '0666',
      'connections-max': '7',
      'negotiation-timeout': '3',
      'full-error': 'ENOSPC',
      'state-dir': '/run/x',
    };
    expect(inFile(file)).toEqual(parseSettings(flags));
    const over = inFile(file, { memory: '32MiB', lease: ['other=4096'] });
    expect(over.memoryBytes).toBe(2 ** 25);
    expect(over.leases).toEqual([{ name: 'other', bytes: 4096, limitBytes: null }]);
    expect(over.codec).toBe('zstd');
    expect(over.isHttpGiven).toBe(true);
  });

  test('a group opens the sockets to it', () => {
    const given = { memory: '1m', 'state-dir': '/x', 'socket-group': 'kvm' };
    expect(parseSettings(given)).toMatchObject({ socketMode: 0o660, socketGroup: 'kvm' });
  });

  test('the example that is shipped is understood', () => {
    expect(parseSettings({}, EXAMPLE).leases).toHaveLength(2);
  });
});

describe('complaints name the setting, the value and what was expected', () => {
  test.each([
    [{ memory: '1GB' }, /^--memory "1GB": expected a size such as 64MiB/],
    [{ memory: '0' }, /--memory "0": expected a size/],
    [{ codec: 'gzip' }, /^--codec "gzip": expected one of lzo, lz4, zstd/],
    [{ lease: ['web'] }, /--lease 'web': expected NAME=SIZE\[,limit=SIZE\], as in/],
    [{ lease: ['web=1GiB,limti=4k'] }, /--lease 'web=1GiB,limti=4k': expected NAME=SIZE/],
    [{ lease: ['web=big'] }, /--lease 'web=big': 'big': expected a size/],
    [{ lease: ['web=4097'] }, /--lease a size of 4097 bytes is no multiple of 4096; .* 8192/],
    [{ lease: ['../x=4096'] }, /--lease '\.\.\/x': not a name of a lease/],
    [{ lease: ['a=4096', 'a=8192'] }, /--lease a is given twice/],
    [{ listen: '127.0.0.1:1' }, /--listen "127.0.0.1:1": expected tcp:HOST:PORT/],
    [{ listen: 'tcp:127.0.0.1:99999' }, /--listen .*: expected tcp:HOST:PORT/],
    [{ listen: 'tcp:0.0.0.0:1' }, /--listen tcp:0\.0\.0\.0:1 is not a loopback .*--insecure-tcp/],
    [{ http: 'on', 'http-x': '1' }, /--http-x: unknown setting; expected one of state-dir/],
    [{ 'socket-mode': '660' }, /--socket-mode "660": expected permissions such as "0660"/],
    [{ 'full-error': 'EPERM' }, /--full-error "EPERM": expected one of EIO, ENOSPC/],
    [{ 'connections-max': '0' }, /--connections-max "0": expected a whole number from 1/],
    [{ 'connections-max': '241' }, /a whole number from 1 to 240/],
    [{ 'negotiation-timeout': '1.5' }, /--negotiation-timeout "1\.5": expected a whole number/],
  ])('%j', (flags, says) => {
    expect(() => parseSettings({ memory: '1m', 'state-dir': '/x', ...flags })).toThrow(says);
  });

  test.each([
    ['memry = "1GiB"', /pagelend\.toml: memry: unknown setting; expected one of state-dir, memory/],
    ['memory = true', /pagelend\.toml: memory true: expected a size/],
    ['socket-mode = 0o660', /pagelend\.toml: socket-mode 432: expected permissions/],
    ['insecure-tcp = "yes"', /pagelend\.toml: insecure-tcp expected true or false/],
    ['lease = [{ name = "a" }]', /lease '\{"name":"a"\}': expected NAME=SIZE.*or a table/],
    ['[lease.web]\nsize = 1', /lease '\{"web":.*: expected NAME=SIZE/],
    ['memory = ', /pagelend\.toml:1:\d+: not TOML: /],
  ])('in the file: %s', (text, says) => {
    expect(() => inFile(text)).toThrow(says);
  });

  test('a file that is not there', () => {
    expect(() => parseSettings({}, join(folder, 'none'))).toThrow(/none: cannot be read: ENOENT/);
  });
});
