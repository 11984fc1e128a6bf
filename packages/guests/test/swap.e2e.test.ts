// A guest's swap as the benches use it, in real guests: set up by the exported commands, filled by
// a hog whose words are checked after they were out, and measured by the sampler.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bootGuest,
  buildProgram,
  deviceSwapCommand,
  findProgram,
  type Guest,
  groupFolder,
  guestKindsHere,
  Hog,
  hogProgram,
  makeGroupCommand,
  nbdClientCommand,
  nbdClientProgram,
  parseSwapFigures,
  pushOutCommand,
  sampleProgram,
  startSampler,
  swapFiguresCommand,
  swapOffCommand,
  swappedBytesOf,
  zramSwapCommand,
} from '@pagelend/guests';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MIB = 1024 * 1024;
const generous = { timeout: 240_000 };
const content = { seed: 7n, compressiblePercent: 60 };
const kinds = await guestKindsHere();

function reasonAgainst(kind: 'uml' | 'tcg', programs: readonly string[]): string | null {
  const missing = programs.filter((program) => findProgram(program) === null);
  if (missing.length > 0) return `${missing.join(', ')} is not installed`;
  return kinds.find((here) => here.kind === kind)?.reason ?? null;
}

function title(text: string, reason: string | null): string {
  return reason === null ? text : `${text} [skipped: ${reason.slice(0, 120)}]`;
}

/** Out, looked at, in, changed, out and in again: no word may differ. */
async function exercise(guest: Guest, name: string, hogBytes: number): Promise<Hog> {
  const hogPages = hogBytes / 4096;
  await guest.mustRun(makeGroupCommand(name));
  const hog = await Hog.start(guest, {
    ...content,
    name,
    bytes: hogBytes,
    group: groupFolder(name),
  });
  expect(hog.pageCount).toBe(hogPages);
  const before = parseSwapFigures(await guest.mustRun(swapFiguresCommand));
  const out = swappedBytesOf(await guest.mustRun(pushOutCommand(name, hogBytes)));
  expect(out).toBeGreaterThanOrEqual(hogBytes);
  expect(await hog.swappedPages()).toBeGreaterThan(hogPages * 0.99);
  const after = parseSwapFigures(await guest.mustRun(swapFiguresCommand));
  expect(after.pagesOut - before.pagesOut).toBeGreaterThanOrEqual(hogPages * 0.99);

  const sound = { pageCount: hogPages, damagedCount: 0, damage: [] };
  expect(await hog.verify()).toEqual(sound);
  const rewritten = await hog.rewrite(0.5);
  expect(rewritten).toBeGreaterThan(hogPages * 0.4);
  expect(await hog.pageOut()).toBeGreaterThan(hogPages * 0.9);
  expect((await hog.touch(0.25)).damagedCount).toBe(0);
  expect(await hog.verify()).toEqual(sound);
  return hog;
}

const umlReason = reasonAgainst('uml', ['gcc']);
describe.skipIf(umlReason !== null)(title('swap in user-mode Linux', umlReason), generous, () => {
  let folder = '';
  let guest: Guest;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pagelend-e2e-'));
    const disk = join(folder, 'swap.img');
    await writeFile(disk, '');
    await truncate(disk, 64 * MIB);
    guest = await bootGuest({
      name: 'swapping',
      kind: 'uml',
      memoryBytes: 128 * MIB,
      folder,
      disks: [{ kind: 'file', path: disk }],
      files: {
        [hogProgram]: await buildProgram('hog'),
        [sampleProgram]: await buildProgram('sample'),
        '/usr/bin/vector-check': await buildProgram('vector-check'),
      },
    });
  });

  afterAll(async () => {
    await guest?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('keeps the vector registers of its processes apart', async () => {
    // Without signals: the frame in which UML puts them by has no room for those of AVX-512.
    const output = await guest.mustRun('vector-check 500 4 0');
    expect(output).toMatch(/^sse kept 2000 signals 0$/m);
    expect(output).not.toContain('damaged');
  });

  it('zram: every word comes back, and its memory is the compressed share', async () => {
    const hogBytes = 24 * MIB;
    await guest.mustRun(zramSwapCommand({ bytes: 64 * MIB }));
    const stop = await startSampler(guest, { fields: ['MemFree', 'pswpout'], intervalMs: 20 });
    const hog = await exercise(guest, 'zram', hogBytes);
    await guest.mustRun(pushOutCommand('zram', hogBytes));
    const { zram } = parseSwapFigures(await guest.mustRun(swapFiguresCommand));
    const share = zram!.compressedBytes / zram!.originalBytes;
    expect(Math.abs(share - 0.4)).toBeLessThan(0.03);
    expect(zram!.usedBytes).toBeGreaterThanOrEqual(zram!.compressedBytes);

    const { names, timesMs, values } = await stop();
    expect(names).toEqual(['MemFree', 'pswpout']);
    const rows = timesMs.length;
    expect(rows).toBeGreaterThan(2);
    expect(values[1]![rows - 1]! - values[1]![0]!).toBeGreaterThan(hogBytes / 4096);
    await hog.quit();
    await guest.mustRun(swapOffCommand('/dev/zram0'));
    expect(await guest.mustRun('cat /proc/swaps | wc -l')).toBe('1\n');
  });

  it('a disk: every word comes back', async () => {
    const device = guest.devices[0]!;
    await guest.mustRun(deviceSwapCommand({ device, hasDiscard: false }));
    expect(await guest.mustRun('cat /proc/swaps')).toContain(device);
    const hog = await exercise(guest, 'disk', 24 * MIB);
    await hog.quit();
    await guest.mustRun(swapOffCommand(device));
  });

  it('says why a hog or a sampler does not start', async () => {
    const options = { ...content, name: 'odd', bytes: 4096, program: '/usr/bin/nowhere' };
    await expect(Hog.start(guest, options)).rejects.toMatchObject({
      message: expect.stringContaining('not found'),
    });
    await expect(startSampler(guest, { fields: ['MemFrei'] })).rejects.toMatchObject({
      code: 'GUEST_PROGRAM',
      message: expect.stringContaining('neither meminfo nor vmstat has MemFrei'),
    });
  });
});

const nbdReason = reasonAgainst('tcg', ['gcc', 'nbdkit', 'nbd-client']);
describe.skipIf(nbdReason !== null)(title("the kernel's NBD client", nbdReason), generous, () => {
  let folder = '';
  let guest: Guest | null = null;
  let nbdkit: ChildProcess | null = null;

  afterAll(async () => {
    await guest?.stop();
    nbdkit?.kill();
    await rm(folder, { recursive: true, force: true });
  });

  it('attaches an export as swap, and every word comes back', async () => {
    folder = await mkdtemp(join(tmpdir(), 'pagelend-e2e-'));
    const port = await freePort();
    nbdkit = spawn('nbdkit', ['-f', '-i', '127.0.0.1', '-p', String(port), 'memory', '64M']);
    guest = await bootGuest({
      name: 'client',
      kind: 'tcg',
      memoryBytes: 128 * MIB,
      folder,
      hasNetwork: true,
      files: {
        [hogProgram]: await buildProgram('hog'),
        [nbdClientProgram]: findProgram('nbd-client')!,
      },
    });
    const host = guest.hostAddress!;
    await guest.mustRun(nbdClientCommand({ host, port, exportName: 'web' }));
    await guest.mustRun(deviceSwapCommand({ device: '/dev/nbd0' }));
    const hog = await exercise(guest, 'lent', 8 * MIB);
    await hog.quit();
    await guest.mustRun(swapOffCommand('/dev/nbd0'));
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
