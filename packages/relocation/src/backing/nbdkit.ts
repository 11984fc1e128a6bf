// The peer: nbdkit's memory plugin with its zstd allocator, which keeps pages compressed too. It
// counts nothing; what it takes is the growth of its process.

import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from './server-process.ts';
import { type Backing, nothingTold } from './swap.ts';

const RECONNECT_SECONDS = 30;

export async function startNbdkit(bytes: number): Promise<Backing> {
  const folder = await mkdtemp(join(tmpdir(), 'pagelend-nbdkit-'));
  const socket = join(folder, 'nbdkit.sock');
  const pidFile = join(folder, 'pid');
  const flags = ['--foreground', '--exit-with-parent', '--unix', socket, '--pidfile', pidFile];
  const words = ['nbdkit', ...flags, 'memory', String(bytes), 'allocator=zstd'];
  try {
    // The file is written once the socket is listened on.
    const server = await startServer('nbdkit', words, () => existsSync(pidFile));
    const before = await residentBytes(server.pid);
    return {
      disk: { kind: 'nbd', socket, reconnectDelaySeconds: RECONNECT_SECONDS },
      stored: async () => ({
        ...nothingTold,
        usedBytes: (await residentBytes(server.pid)) - before,
      }),
      close: async () => {
        await server.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Memory of its own that a process has in use, without mapped files. */
async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
