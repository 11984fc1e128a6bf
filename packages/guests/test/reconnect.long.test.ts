// Disks whose server goes away: requests wait for one that comes back, and fail where none does.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootGuest, findProgram, type Guest, guestKindsHere } from '@pagelend/guests';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const MIB = 1024 * 1024;
const hasNbdkit = findProgram('nbdkit') !== null;

for (const { kind, reason } of await guestKindsHere()) {
  const why = hasNbdkit ? reason : 'nbdkit is absent';
  const skipped = why === null ? '' : ` [skipped: ${why.slice(0, 120)}]`;

  describe.skipIf(why !== null)(`a lent disk of a ${kind} guest${skipped}`, () => {
    let folder = '';
    let server: ChildProcess;
    let guest: Guest | null = null;
    const content = randomBytes(4 * MIB);

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'pagelend-e2e-'));
      await writeFile(join(folder, 'lent.img'), '');
      await truncate(join(folder, 'lent.img'), 16 * MIB);
      await writeFile(join(folder, 'content'), content);
      server = await startServer(folder);
    });

    afterEach(async () => {
      await guest?.stop();
      await endServer(server);
      await rm(folder, { recursive: true, force: true });
    });

    async function boot(reconnectDelaySeconds: number): Promise<Guest> {
      const socket = join(folder, 'nbd.sock');
      return bootGuest({
        name: 'client',
        kind,
        memoryBytes: 128 * MIB,
        folder,
        files: { '/srv/content': join(folder, 'content') },
        disks: [{ kind: 'nbd', socket, reconnectDelaySeconds }],
      });
    }

    it('waits for a server that comes back', { timeout: 240_000 }, async () => {
      guest = await boot(120);
      await guest.mustRun('echo before');
      await endServer(server);
      const writing = guest.run(`dd if=/srv/content of=${guest.devices[0]} bs=64k conv=fsync`);
      const first = await Promise.race([writing.then(() => 'ended'), sleep(2000, 'waits')]);
      expect(first).toBe('waits');
      server = await startServer(folder);
      expect((await writing).status).toBe(0);
      const image = await readFile(join(folder, 'lent.img'));
      expect(image.subarray(0, content.length).equals(content)).toBe(true);
    });

    it('fails requests where no server comes back', { timeout: 240_000 }, async () => {
      guest = await boot(1);
      await endServer(server);
      const command = `dd if=/srv/content of=${guest.devices[0]} bs=64k conv=fsync`;
      const { status, output } = await guest.run(command);
      expect(status).not.toBe(0);
      expect(output).toMatch(/Input\/output error|I\/O error/);
      expect(await guest.mustRun('echo still here')).toBe('still here\n');
    });
  });
}

async function startServer(folder: string): Promise<ChildProcess> {
  const socket = join(folder, 'nbd.sock');
  await rm(socket, { force: true });
  const args = ['-f', '-U', socket, 'file', join(folder, 'lent.img')];
  const server = spawn('nbdkit', args, { stdio: 'inherit' });
  while (!existsSync(socket)) await sleep(20);
  return server;
}

async function endServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill('SIGKILL');
  await once(server, 'exit');
}
