// Real guests of each kind that works here: booted, used, and taken away.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  bootGuest,
  findProgram,
  type Guest,
  type GuestKind,
  guestKindsHere,
} from '@pagelend/guests';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MIB = 1024 * 1024;
const hasNbdkit = findProgram('nbdkit') !== null;
const kindsHere = await guestKindsHere();
const generous = { timeout: 240_000 };

for (const { kind, reason } of kindsHere) {
  const skipped = reason === null ? '' : ` [skipped: ${reason.slice(0, 120)}]`;
  describe.skipIf(reason !== null)(`a guest of kind ${kind}${skipped}`, generous, () => {
    testUse(kind);
    testEnds(kind);
  });
}

function testUse(kind: GuestKind): void {
  let folder = '';
  let guest: Guest;
  let nbdkit: ChildProcess | null = null;
  const marked = randomBytes(4096);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pagelend-e2e-'));
    const disk = join(folder, 'disk.img');
    const lent = join(folder, 'lent.img');
    for (const path of [disk, lent]) {
      await writeFile(path, '');
      await truncate(path, 32 * MIB);
    }
    const socket = join(folder, 'nbd.sock');
    if (hasNbdkit) nbdkit = await startNbdkit(socket, lent);
    await writeFile(join(folder, 'marked'), marked);
    guest = await bootGuest({
      name: 'used',
      kind,
      memoryBytes: 128 * MIB,
      folder,
      hasNetwork: kind !== 'uml',
      files: { '/srv/marked': join(folder, 'marked'), '/usr/bin/node-sh': '/bin/sh' },
      disks: [
        { kind: 'file', path: disk },
        { kind: 'file', path: join(folder, 'marked'), isReadOnly: true },
        ...(hasNbdkit ? [{ kind: 'nbd' as const, socket, reconnectDelaySeconds: 10 }] : []),
      ],
    });
  }, 240_000);

  afterAll(async () => {
    await guest?.stop();
    nbdkit?.kill();
    await rm(folder, { recursive: true, force: true });
  });

  it('tells what it is', async () => {
    expect(guest.kind).toBe(kind);
    expect((await guest.mustRun('uname -r')).trim()).toBe(guest.kernelRelease);
    expect(guest.devices).toHaveLength(hasNbdkit ? 3 : 2);
    for (const device of guest.devices) await guest.mustRun(`test -b ${device}`);
  });

  it('runs commands at once and gives each its status and output', async () => {
    const commands = Array.from({ length: 12 }, (_, index) => {
      return guest.run(`echo out ${index}; echo err ${index} >&2; exit ${index * 20}`);
    });
    const results = await Promise.all(commands);
    for (const [index, { status, output }] of results.entries()) {
      expect(status).toBe(index * 20);
      expect(output).toBe(`out ${index}\nerr ${index}\n`);
    }
  });

  it('runs commands while others have not ended, and gives lines as they come', async () => {
    const lines: string[] = [];
    const waiting = guest.run('echo waits; until [ -e /tmp/go ]; do sleep 0.1; done; echo went', {
      onLine: (line) => lines.push(line),
    });
    await expect.poll(() => lines, { timeout: 60_000 }).toEqual(['waits']);
    await guest.mustRun('touch /tmp/go');
    expect((await waiting).output).toBe('waits\nwent\n');
  });

  it('keeps odd output and a megabyte of it', async () => {
    expect(await guest.mustRun(String.raw`printf 'a\000b\r\n\033[1mno end'`)).toBe(
      'a\0b\r\n\u001b[1mno end',
    );
    const numbers = await guest.mustRun('seq 1 200000 | head -c 1048576');
    const expected = Array.from({ length: 200_000 }, (_, index) => `${index + 1}\n`).join('');
    expect(numbers === expected.slice(0, MIB)).toBe(true);
    expect(await guest.mustRun(`true ${'x'.repeat(90_000)}; echo long`)).toBe('long\n');
  });

  it('ends a command that takes too long, with all it started', async () => {
    const command = 'sleep 4321 & sleep 4321';
    await expect(guest.run(command, { timeoutSeconds: 1 })).rejects.toThrow(
      expect.objectContaining({ code: 'GUEST_TIMEOUT' }),
    );
    const count = async () => (await guest.run('ps | grep -c "sleep 43[2]1"')).output.trim();
    await expect.poll(count, { timeout: 60_000 }).toBe('0');
  });

  it('does not wait for what a command leaves behind', async () => {
    const command = '(while :; do echo late; sleep 0.1; done) & echo first';
    expect(await guest.mustRun(command)).toMatch(/^(first\n|late\nfirst\n)(late\n)*$/);
    for (let count = 0; count < 10; count++) expect(await guest.mustRun('echo x')).toBe('x\n');
  });

  it('says what failed', async () => {
    await expect(guest.mustRun('echo oh dear; exit 3')).rejects.toThrow(
      "'echo oh dear; exit 3' in guest used ended with 3: oh dear",
    );
  });

  it('has the files that it was given, and programs with their libraries', async () => {
    const here = (await guest.mustRun('sha256sum </srv/marked')).split(' ')[0];
    const there = (await guest.mustRun(`head -c 4096 ${guest.devices[1]} | sha256sum`)).split(
      ' ',
    )[0];
    expect(here).toMatch(/^[0-9a-f]{64}$/);
    expect(there).toBe(here);
    expect(await guest.mustRun('/usr/bin/node-sh -c "echo dynamic"')).toBe('dynamic\n');
    expect((await guest.run(`echo x > ${guest.devices[1]}`)).status).not.toBe(0);
  });

  it('writes to a disk what the host then reads', async () => {
    const [disk] = guest.devices;
    await guest.mustRun(`dd if=/srv/marked of=${disk} bs=4096 seek=100 conv=notrunc,fsync`);
    expect((await pageOf(join(folder, 'disk.img'), 100)).equals(marked)).toBe(true);
  });

  it.skipIf(!hasNbdkit)('swaps to an NBD export [skipped where nbdkit is absent]', async () => {
    const lent = guest.devices[2]!;
    await guest.mustRun(`dd if=/srv/marked of=${lent} bs=4096 seek=200 conv=notrunc,fsync`);
    expect((await pageOf(join(folder, 'lent.img'), 200)).equals(marked)).toBe(true);
    await guest.mustRun(`mkswap ${lent} && swapon ${lent}`);
    expect(await guest.mustRun('cat /proc/swaps')).toContain(lent);
    await guest.mustRun(`swapoff ${lent}`);
  });

  it('has what swap experiments load', async () => {
    await guest.mustRun('echo 16M > /sys/block/zram0/disksize && mkswap /dev/zram0');
    await guest.mustRun('swapon /dev/zram0 && swapoff /dev/zram0');
    expect(await guest.mustRun('cat /sys/block/zram0/comp_algorithm')).toMatch(/lzo/);
    await guest.mustRun('mkdir /sys/fs/cgroup/one && test -e /sys/fs/cgroup/one/memory.reclaim');
    await guest.mustRun('rmmod zram && modprobe zram && test -b /dev/zram0');
  });

  it('keeps what the kernel says out of output and in its log', async () => {
    const output = await guest.mustRun('echo "<2>a word to the wise" > /dev/kmsg; echo silence');
    expect(output).toBe('silence\n');
    expect(await guest.kernelLog()).toContain('a word to the wise');
  });

  it.skipIf(kind === 'uml')('reaches the host by its network', async () => {
    const server = createServer((_, response) => response.end('from the host'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      const url = `http://${guest.hostAddress}:${port}/`;
      expect(await guest.mustRun(`wget -qO- ${url}`)).toBe('from the host');
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it('computes nothing while it is suspended', async () => {
    const spinning = guest.run('while ! [ -e /tmp/enough ]; do :; done; echo spun');
    const running = await ticksOf(guest.pid);
    const ticks = () => ticksOf(guest.pid);
    await expect.poll(ticks, { timeout: 60_000 }).toBeGreaterThan(running + 20);
    await guest.suspend();
    const suspended = await ticksOf(guest.pid);
    await sleep(500);
    // The machine's own threads may look at the clock; a guest that ran would have used 50.
    expect((await ticksOf(guest.pid)) - suspended).toBeLessThan(10);
    await guest.resume();
    await expect.poll(ticks, { timeout: 60_000 }).toBeGreaterThan(suspended + 20);
    await guest.mustRun('touch /tmp/enough');
    expect((await spinning).output).toBe('spun\n');
    expect(await guest.kernelLog()).not.toMatch(/child stopped with signal|Oops|BUG:/);
  });
}

function testEnds(kind: GuestKind): void {
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pagelend-e2e-'));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is noticed when it is killed, and leaves nothing behind', async () => {
    const guest = await bootGuest({ name: 'killed', kind, memoryBytes: 96 * MIB, folder });
    const running = [guest.run('sleep 1000'), guest.run('sleep 1000'), guest.kernelLog()];
    await running[2];
    process.kill(guest.pid, 'SIGKILL');
    for (const one of running.slice(0, 2)) {
      await expect(one).rejects.toThrow(
        expect.objectContaining({
          code: 'GUEST_GONE',
          message: expect.stringMatching(/guest killed .* is gone: .* got SIGKILL/),
        }),
      );
    }
    await expect(guest.run('true')).rejects.toThrow(/is gone/);
    await expect(guest.suspend()).rejects.toThrow(/is gone/);
    await guest.stop();
    await expect.poll(() => membersOf(guest.pid)).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('does not outlive the process that started it', async () => {
    const code = `
      import { bootGuest } from '@pagelend/guests';
      const [, kind, folder] = process.argv;
      const spec = { name: 'orphan', kind, memoryBytes: ${96 * MIB}, folder };
      console.log((await bootGuest(spec)).pid);
    `;
    // Packages are looked for from the working directory.
    const parent = spawn(process.execPath, ['--input-type=module', '-e', code, kind, folder], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [text] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(text);
      expect(await membersOf(pid)).not.toEqual([]);
      parent.kill('SIGKILL');
      await expect.poll(() => membersOf(pid), { timeout: 60_000 }).toEqual([]);
    } finally {
      parent.kill('SIGKILL');
    }
  });

  it('shows the console of one that does not boot', async () => {
    const image = join(folder, 'no-kernel');
    await writeFile(image, await readFile('/bin/false'), { mode: 0o755 });
    const modules = await anyModules(kind);
    const spec = { name: 'dud', kind, memoryBytes: 96 * MIB, folder, kernel: { image, modules } };
    await expect(bootGuest(spec)).rejects.toThrow(
      expect.objectContaining({
        code: 'GUEST_NOT_BOOTED',
        message: expect.stringMatching(/guest dud .* did not boot: .* ended with 1/),
      }),
    );
  });

  it('has its name and folder to itself', async () => {
    const spec = { name: 'same', kind, memoryBytes: 96 * MIB, folder };
    const guest = await bootGuest(spec);
    await expect(bootGuest(spec)).rejects.toThrow(
      expect.objectContaining({ code: 'GUEST_CANNOT' }),
    );
    await guest.stop();
    await expect(guest.run('true')).rejects.toThrow('guest same was stopped');
  });

  it.skipIf(kind !== 'uml')('refuses what it cannot do', async () => {
    const spec = { name: 'refused', kind, memoryBytes: 96 * MIB, folder, hasNetwork: true };
    await expect(bootGuest(spec)).rejects.toThrow(
      expect.objectContaining({ code: 'GUEST_CANNOT' }),
    );
  });
}

async function startNbdkit(socket: string, path: string): Promise<ChildProcess> {
  const server = spawn('nbdkit', ['-f', '-U', socket, 'file', path], { stdio: 'inherit' });
  while ((await readdir(join(socket, '..'))).includes('nbd.sock') === false) await sleep(20);
  return server;
}

async function pageOf(path: string, index: number): Promise<Buffer> {
  const file = await open(path);
  try {
    return (await file.read(Buffer.alloc(4096), 0, 4096, index * 4096)).buffer;
  } finally {
    await file.close();
  }
}

/** The processes of a process group. */
async function membersOf(group: number): Promise<{ pid: number; ticks: number }[]> {
  const found: { pid: number; ticks: number }[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    // Behind the name in parentheses: state, parent, group, …, user and system time at 11 and 12.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(fields[2]) !== group || fields[0] === 'Z') continue;
    found.push({ pid: Number(entry), ticks: Number(fields[11]) + Number(fields[12]) });
  }
  return found;
}

/** Hundredths of seconds that a machine has computed, with all its processes. */
async function ticksOf(group: number): Promise<number> {
  return (await membersOf(group)).reduce((sum, { ticks }) => sum + ticks, 0);
}

/** A folder of modules that a kind's initramfs can be built from. */
async function anyModules(kind: GuestKind): Promise<string> {
  const { kernelFor } = await import('../src/kernel/kernel.ts');
  return (await kernelFor(kind, undefined)).modules;
}
