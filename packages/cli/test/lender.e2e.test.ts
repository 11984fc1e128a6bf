// A real lender and the verbs that ask it: leases from their making to their deletion, over restarts
// of the lender.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectComplaint, folder, hasProgram, PAGELEND } from './run.ts';

const here = folder();
const state = join(here.path, 'state');
const pool = join(here.path, 'pool');
const AT = ['--state-dir', state];

interface Lender {
  readonly child: ChildProcess;
  /** What stands after `ready: `. */
  readonly ready: string;
  readonly stderr: () => string;
  readonly stop: (signal: NodeJS.Signals) => Promise<number | null>;
}

const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a lender and waits until it is ready; rejects with its stderr where it ends instead. */
async function serve(...args: string[]): Promise<Lender> {
  const words = ['serve', ...AT, '--pool-dir', pool, '--http', '127.0.0.1:0', ...args];
  const child = spawn(process.execPath, [PAGELEND, ...words], { cwd: here.path, stdio: 'pipe' });
  running.add(child);
  let stderr = '';
  const ready = await new Promise<string>((resolve, reject) => {
    child.stderr!.on('data', (part) => {
      stderr += part;
      const line = /^ready: (.*)$/m.exec(stderr);
      if (line !== null) resolve(line[1]!);
    });
    child.on('exit', (status) => reject(new Error(`status ${status}: ${stderr}`)));
  });
  return {
    child,
    ready,
    stderr: () => stderr,
    stop: async (signal) => {
      child.kill(signal);
      const [status] = await once(child, 'exit');
      running.delete(child);
      return status as number | null;
    },
  };
}

interface LeaseJson {
  readonly name: string;
  readonly size: number;
  readonly limit_bytes: number | null;
  readonly connections: number;
  readonly [figure: string]: unknown;
}

async function leases(): Promise<readonly LeaseJson[]> {
  const listed = await here.json<{ schema: string; leases: LeaseJson[] }>(
    ...['lease', 'list', '--json', ...AT],
  );
  expect(listed.schema).toBe('pagelend.leases/1');
  return listed.leases;
}

describe('a lender', () => {
  let lender: Lender;
  beforeAll(async () => {
    lender = await serve('--memory', '64MiB', '--lease', 'web=8MiB,limit=4MiB');
  });

  it('says that it is ready, once, on a line of its own, and lends on a private socket', () => {
    expect(lender.ready).toMatch(
      new RegExp(`^1 lease, ${state}, http://127\\.0\\.0\\.1:[1-9]\\d*$`),
    );
    const socket = statSync(join(state, 'leases', 'web.sock'));
    expect({ isSocket: socket.isSocket(), mode: socket.mode & 0o777 }).toEqual({
      isSocket: true,
      mode: 0o600,
    });
    expect(statSync(join(state, 'admin.sock')).mode & 0o777).toBe(0o600);
  });

  it('lists its leases with all the figures, as a table and as JSON', async () => {
    const [web] = await leases();
    expect(web).toMatchObject({ name: 'web', size: 8 << 20, limit_bytes: 4 << 20, connections: 0 });
    const names = ['orig_data_size', 'compr_data_size', 'mem_used_total', 'same_pages'].concat([
      'huge_pages',
      'num_reads',
      'num_writes',
      'failed_reads',
      'failed_writes',
    ]);
    for (const name of names) expect(web![name], name).toBeTypeOf('number');
    const { stdout } = await here.run('lease', 'list', ...AT);
    expect(stdout).toMatch(/^lease +size +limit +stored +behind +used +ratio/);
    expect(stdout).toMatch(/^web +8\.0 MiB +4\.0 MiB +/m);
  });

  it('makes, limits, resizes and deletes', async () => {
    const run = async (...words: string[]) => {
      const { status, stdout, stderr } = await here.run(...words, ...AT);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      return stdout;
    };
    expect(await run('lease', 'create', 'db', '--size', '4m')).toBe(
      'made lease db: 4.0 MiB, no limit; pagelend lease show db attaches it\n',
    );
    expect(await run('lease', 'limit', 'db', '1MiB')).toBe('lease db: limit 1.0 MiB\n');
    expect(await run('lease', 'limit', 'db', 'none')).toBe('lease db: no limit\n');
    expect(await run('lease', 'resize', 'db', '6MiB')).toBe('lease db: 6.0 MiB\n');
    expect(await leases()).toMatchObject([{ name: 'db', size: 6 << 20 }, { name: 'web' }]);
    expect(await run('lease', 'delete', 'db')).toBe('deleted lease db\n');
    expect(await leases()).toMatchObject([{ name: 'web' }]);
  });

  it('answers in JSON as well', async () => {
    const made = await here.json('lease', 'create', 'j', '--size', '1MiB', '--json', ...AT);
    expect(made).toMatchObject({ schema: 'pagelend.lease/1', lease: { name: 'j' } });
    const gone = await here.json('lease', 'delete', 'j', '--json', ...AT);
    expect(gone).toEqual({ schema: 'pagelend.lease-deleted/1', name: 'j' });
    const top = await here.json('top', '--json', '--interval', '0.1', ...AT);
    expect(top).toMatchObject({
      schema: 'pagelend.top/1',
      pool: { mem_limit: 64 << 20, codec: 'lzo' },
      leases: [{ name: 'web', reads_per_second: 0, writes_per_second: 0 }],
    });
  });

  it('shows how a lease is attached', async () => {
    const { stdout } = await here.run('lease', 'show', 'web', ...AT);
    const socket = join(state, 'leases', 'web.sock');
    expect(stdout).toContain(`server.path=${socket},export=web,reconnect-delay=60,discard=unmap`);
    expect(stdout).toContain(`<host transport='unix' socket='${socket}'/>`);
    expect(stdout).toContain(`nbd-client -unix ${socket} /dev/nbd0 -name web`);
    expect(stdout).toContain('swapon --discard=pages');
    // All of it can be pasted: what is no command is a comment.
    for (const line of stdout.split('\n').slice(0, 5)) expect(line).toMatch(/^# /);
  });

  it('top is one table where there is no terminal', async () => {
    const { stdout } = await here.run('top', '--interval', '0.1', ...AT);
    expect(stdout).toMatch(
      /^pool +░+ .* of 64\.0 MiB \(\d+\.\d %\)\nstored .*, lzo, 1 lease, 0 cl/,
    );
    expect(stdout).toMatch(/^web +8\.0 MiB +/m);
    expect(stdout).not.toContain('\x1b');
  });

  it.skipIf(!hasProgram('script')).each([
    ['q', 'printf q', 0],
    ['Ctrl-C', "printf '\\003'", 0],
    ['SIGTERM', 'kill -TERM $(cat pid)', 143],
  ])(
    'top on a terminal gives it back at %s [skipped where script is absent]',
    async (_, end, status) => {
      const top = `"${process.execPath}" "${PAGELEND}" top --interval 0.2 --state-dir "${state}"`;
      here.write('top.sh', `echo $$ > pid; exec ${top}`);
      const ran = await here.shell(
        `rm -f screen; (for i in $(seq 300); do grep -q pool screen && break; sleep 0.1; done; ${end}; sleep 1) 2>/dev/null |
      script -qefc "bash top.sh" screen`,
      );
      expect(ran.stdout).toContain('\x1b[?1049h');
      expect(ran.stdout).toMatch(/pool +(\x1b\[32m)?░/);
      expect(ran.stdout.lastIndexOf('\x1b[?1049l')).toBeGreaterThan(ran.stdout.indexOf('pool'));
      expect(ran.status).toBe(status);
    },
  );

  it('keeps a second lender out and goes on itself', async () => {
    const second = await here.spawn('serve', ...AT, '--memory', '64MiB', '--http', 'off');
    expectComplaint(
      second,
      1,
      `${state}: another daemon has it (process ${lender.child.pid}); stop that one`,
    );
    expect(await leases()).toHaveLength(1);
  });

  it('refuses what would take a size or pages from an attached client', async () => {
    const client = connect(join(state, 'leases', 'web.sock'));
    client.write(Buffer.concat([Buffer.from([0, 0, 0, 3]), exportName('web')]));
    while ((await leases())[0]!.connections === 0);
    const resized = await here.run('lease', 'resize', 'web', '16MiB', ...AT);
    expectComplaint(resized, 1, /has 1 client attached: its size is fixed.*LEASE_ATTACHED/);
    expectComplaint(await here.run('lease', 'delete', 'web', ...AT), 1, '--force');
    const limited = await here.run('lease', 'limit', 'web', '2MiB', ...AT);
    expect(limited.status).toBe(0);
    client.destroy();
    while ((await leases())[0]!.connections > 0);
  });

  it('stops in order at SIGTERM and finds everything again', async () => {
    expect(await lender.stop('SIGTERM')).toBe(0);
    expect(lender.stderr()).toMatch(/^ready: /m);
    const before = here.names();
    lender = await serve('--memory', '64MiB', '--lease', 'web=8MiB');
    expect(await leases()).toMatchObject([{ name: 'web', size: 8 << 20, limit_bytes: 2 << 20 }]);
    expect(here.names()).toEqual(before);
  });

  it('starts again after a kill, past the sockets and the lock that were left', async () => {
    await lender.stop('SIGKILL');
    expect(statSync(join(state, 'admin.sock')).isSocket()).toBe(true);
    lender = await serve('--memory', '64MiB');
    expect(await leases()).toMatchObject([{ name: 'web' }]);
  });

  it('never changes or wipes a lease that is asked for with another size', async () => {
    await lender.stop('SIGINT');
    await expect(serve('--memory', '64MiB', '--lease', 'web=4MiB')).rejects.toThrow(
      /lease web is there with 8MiB and not 4MiB.*\[DAEMON_LEASE_MISMATCH\]/,
    );
    lender = await serve('--memory', '64MiB', '--lease', 'web=8MiB');
    expect(await leases()).toMatchObject([{ name: 'web', size: 8 << 20 }]);
    await lender.stop('SIGTERM');
  });
});

describe('a lender of its own', () => {
  const spare = (name: string) => ['--state-dir', join(here.path, name), '--memory', '64MiB'];

  it('without a terminal goes on after a hang-up', async () => {
    const lender = await serve(...spare('hup'), '--pool-dir', join(here.path, 'hup-pool'));
    lender.child.kill('SIGHUP');
    await here.json('lease', 'list', '--json', '--state-dir', join(here.path, 'hup'));
    expect(lender.child.exitCode ?? lender.child.signalCode).toBeNull();
    expect(await lender.stop('SIGTERM')).toBe(0);
  });

  it.skipIf(!hasProgram('script'))(
    'on a terminal that goes away stops in order [skipped where script is absent]',
    async () => {
      const words = [...spare('tty'), '--pool-dir', join(here.path, 'tty-pool'), '--http', 'off'];
      const line = ['exec', process.execPath, PAGELEND, 'serve', ...words].join(' ');
      here.write('tty.sh', `echo $$ > tty-pid; ${line}`);
      const { status } = await here.shell(
        `(for i in $(seq 300); do grep -q ready: typescript && break; sleep 0.1; done; kill -HUP $(cat tty-pid); sleep 2) |
      script -qefc "bash tty.sh" typescript`,
      );
      expect(status).toBe(0);
    },
  );

  it('goes on without HTTP where only the default port is taken', async () => {
    // Whoever has it: another lender, or this one.
    const taken = createServer().on('error', () => {});
    await new Promise<void>((resolve) => {
      taken.once('error', () => resolve()).listen(10_810, '127.0.0.1', () => resolve());
    });
    const words = [PAGELEND, 'serve', ...spare('http'), '--pool-dir', join(here.path, 'http-pool')];
    const child = spawn(process.execPath, words, { stdio: 'pipe' });
    running.add(child);
    let said = '';
    for await (const part of child.stderr) {
      said += part;
      if (/^ready: .*\n/m.test(said)) break;
    }
    expect(said).toMatch(/"level":"warn".*10810.*lending goes on without HTTP/);
    expect(said).toMatch(/^ready: 0 leases, [^,]*$/m);
    child.kill('SIGTERM');
    await once(child, 'exit');
    await expect(
      serve(...spare('http2'), '--pool-dir', join(here.path, 'p2'), '--http', '127.0.0.1:10810'),
    ).rejects.toThrow(/cannot be listened on: EADDRINUSE; give another --http/);
    taken.close();
  });
});

/** NBD_OPT_EXPORT_NAME. */
function exportName(name: string): Buffer {
  const header = Buffer.alloc(16);
  header.write('IHAVEOPT', 0, 'latin1');
  header.writeUInt32BE(1, 8);
  header.writeUInt32BE(name.length, 12);
  return Buffer.concat([header, Buffer.from(name)]);
}
