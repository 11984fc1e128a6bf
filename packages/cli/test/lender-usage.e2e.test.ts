// Wrong command lines of the lender's verbs, and a lender that is not there.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectComplaint, folder } from './run.ts';

const here = folder();

type Case = readonly [line: string, says: RegExp];

async function refuses(cases: readonly Case[]): Promise<void> {
  const before = here.names();
  for (const [line, says] of cases) {
    const ran = await here.run(...line.split(' '));
    try {
      expectComplaint(ran, 2, says);
    } catch (error) {
      throw new Error(`pagelend ${line}: ${ran.status} ${ran.stderr}`, { cause: error });
    }
  }
  expect(here.names()).toEqual(before);
}

describe('usage', () => {
  it('serve', () =>
    refuses([
      ['serve --state-dir s', /--memory is missing; give how much to lend/],
      ['serve --state-dir s --memory 1GB', /--memory "1GB": expected a size such as 64MiB/],
      ['serve --state-dir s --memory 1m --codec gzip', /--codec "gzip": expected one of lzo/],
      ['serve --state-dir s --memory 1m --lease web', /--lease 'web': expected NAME=SIZE/],
      ['serve --state-dir s --memory 1m --lease a=5000', /5000 bytes is no multiple of 4096/],
      ['serve --state-dir s --memory 1m --lease -a=4k', /'-a': not a name of a lease/],
      ['serve --state-dir s --memory 1m --lease a=4k --lease a=4k', /--lease a is given twice/],
      ['serve --state-dir s --memory 1m --listen tcp:0.0.0.0', /loopback.*--insecure-tcp/],
      [
        'serve --state-dir s --memory 1m --tls require',
        /needs --tls-certificates DIR or --tls-psk/,
      ],
      ['serve --state-dir s --memory 1m --http 0.0.0.0:1', /not a loopback.*--insecure-http/],
      ['serve --state-dir s --memory 1m --listen unix:x', /expected tcp:HOST:PORT/],
      ['serve --state-dir s --memory 1m --http on:off', /--http "on:off": expected HOST:PORT/],
      ['serve --state-dir s --memory 1m --socket-group no-such-group', /no such group/],
      ['serve --memroy 1m', /unknown option '--memroy' \(Did you mean --memory\?\)/],
      ['serve now --memory 1m', /too many arguments/],
    ]));

  it('a configuration file', async () => {
    here.write('typo.toml', 'memory = "1MiB"\nlisten-on = "x"\n');
    here.write('broken.toml', 'memory = \n');
    await refuses([
      ['serve --config typo.toml', /typo\.toml: listen-on: unknown setting; expected one of/],
    ]);
    for (const file of ['broken.toml', 'none.toml']) {
      const ran = await here.run('serve', '--config', file);
      expectComplaint(ran, 1, /(broken\.toml:1:\d+: not TOML|none\.toml: cannot be read: ENOENT)/);
      expect(ran.stderr).toContain('[DAEMON_CONFIG_FILE]');
    }
  });

  it('lease and top', () =>
    refuses([
      [
        'lease',
        /expected a command after lease: create, list, show, limit, clients, share, advise, resize, record/,
      ],
      ['lease clients web', /missing required argument 'CLIENT'/],
      ['lease clients web default x', /default stands alone/],
      ['lease crate', /unknown command 'crate' \(Did you mean create\?\)/],
      ['lease create web', /required option '--size <SIZE>'/],
      ['lease create --size 1m', /missing required argument 'NAME'/],
      ['lease create web --size big', /'big' is invalid: expected a size such as/],
      ['lease limit web', /missing required argument 'SIZE\|none'/],
      ['lease limit web 5KB', /'5KB' is invalid .*: expected a size such as/],
      ['lease share web', /give --weight, --floor or --cap/],
      ['lease share web --weight 0', /'0' is invalid.*above 0/],
      ['lease resize web', /missing required argument 'SIZE'/],
      ['lease delete web --forse', /unknown option '--forse' \(Did you mean --force\?\)/],
      ['lease list web', /too many arguments/],
      ['top --interval 0', /'0' is invalid: expected seconds from 0\.1 to 3600/],
    ]));
});

it.each([
  'lease list',
  'lease show web',
  'lease create web --size 1MiB',
  'lease limit web none',
  'lease share web --weight 2',
  'lease advise',
  'lease resize web 1MiB',
  'lease delete web',
  'top --once',
])('%s says how to start a lender where none is', async (line) => {
  const state = join(here.path, 'nowhere');
  const ran = await here.run(...line.split(' '), '--state-dir', state);
  const start = `start one with pagelend serve --state-dir ${state} [DAEMON_ABSENT]`;
  expectComplaint(ran, 1, `no daemon answers at ${state}/admin.sock; ${start}`);
});
