// The lender of the experiment: `pagelend serve` as users start it, in a state directory of its own.
// Each run borrows a lease of its own, which is gone afterwards.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LenderClient } from '@pagelend/daemon';
import { startServer } from './server-process.ts';
import type { Backing, StoredPages } from './swap.ts';

export interface Lender {
  /** A new lease, attached by nobody yet. */
  lend(name: string, bytes: number): Promise<Backing>;
  /** Ends the lender and removes all that it kept. */
  stop(): Promise<void>;
}

/** How long a guest's requests wait for a lender that is gone. */
const RECONNECT_SECONDS = 30;

/** `command` is the words that start `pagelend`; `memoryBytes` what it may take for pages. */
export async function startLender(
  command: readonly string[],
  memoryBytes: number,
): Promise<Lender> {
  const stateDir = await mkdtemp(join(tmpdir(), 'pagelend-relocation-'));
  const poolDir = await mkdtemp('/dev/shm/pagelend-relocation-');
  const clean = async (): Promise<void> => {
    for (const folder of [stateDir, poolDir]) await rm(folder, { recursive: true, force: true });
  };
  const settings = { 'state-dir': stateDir, 'pool-dir': poolDir, memory: String(memoryBytes) };
  const flags = Object.entries({ ...settings, http: 'off', 'log-level': 'warn' });
  const words = [...command, 'serve', ...flags.flatMap(([name, value]) => [`--${name}`, value])];
  try {
    const server = await startServer('pagelend serve', words, (said) => /^ready:/m.test(said));
    const client = new LenderClient(stateDir);
    return {
      lend: (name, bytes) => lend(client, name, bytes),
      stop: async () => {
        await server.stop();
        await clean();
      },
    };
  } catch (error) {
    await clean();
    throw error;
  }
}

async function lend(client: LenderClient, name: string, bytes: number): Promise<Backing> {
  const { lease } = await client.create(name, bytes, null);
  return {
    disk: { kind: 'nbd', socket: lease.socket, reconnectDelaySeconds: RECONNECT_SECONDS },
    stored: async (): Promise<StoredPages> => {
      const { lease: now } = await client.lease(name);
      return {
        storedBytes: now.orig_data_size,
        compressedBytes: now.compr_data_size,
        usedBytes: now.mem_used_total,
        samePages: now.same_pages,
        hugePages: now.huge_pages,
      };
    },
    close: () => client.delete(name, true),
  };
}
