// A process with a tier behind its pool, killed at a system call of its write path, or given errors
// by it: what it answered must be there when its pool is opened next, and the operation that was
// under way has happened or not, page by page, and never in parts.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PAGE_BYTES } from '../../src/layout.ts';
import { leaseIds, operationOf, pageAfter, SLOT_COUNT } from '../fixtures/tier-plan.mjs';
import { isEqual, leaseSpec, MEBIBYTE, temporaryDirectory } from '../helpers/pool-host.ts';
import { poolOptionsOf, TierHost, type TierSetup, tierSetup } from '../helpers/tier-host.ts';
import { checkTier } from '../helpers/tier-invariants.ts';

const fixture = fileURLToPath(new URL('../fixtures/tier-victim.mjs', import.meta.url));
const specs = leaseIds.map((id: string) => leaseSpec(id, SLOT_COUNT));
const zeroes = new Uint8Array(PAGE_BYTES);

/** What strace does to the process; null for nothing. */
export interface Injection {
  readonly syscall: string;
  /** As strace has it: `signal=KILL:when=3`, `error=EIO:when=2+3`. */
  readonly how: string;
  /** Of the tier's file alone, of the pool's files alone, or of all. */
  readonly on: 'tier' | 'pool' | 'all';
}

export const STRACE_MISSING =
  'strace is missing: apt-get install -y --no-install-recommends strace';

/** Whether strace is there and may trace. */
export function canTrace(): boolean {
  const traced = spawnSync('strace', ['-f', '-qq', '-o', '/dev/null', 'true']);
  return traced.status === 0;
}

/** One pool with its tier, worked on by one process after the other. */
export class TierVictims {
  readonly setup: TierSetup;
  /** Operations that were answered so far, and how many of them with an errno. */
  answeredCount = 0;
  refusedCount = 0;
  readonly #seed: number;
  readonly #progressPath = join(temporaryDirectory(), 'progress');
  readonly #leases: Map<number, Uint8Array>[] = leaseIds.map(() => new Map());
  #runs = 0;

  constructor(seed: number, changes: Partial<TierSetup> = {}) {
    this.#seed = seed;
    this.setup = tierSetup({ memoryBytes: MEBIBYTE, tierBytes: 8 * MEBIBYTE, ...changes });
  }

  /** Runs a process, and compares what it leaves. True where it was killed before its end. */
  async run(operationCount: number, injection: Injection | null): Promise<boolean> {
    writeFileSync(this.#progressPath, '');
    const first = this.answeredCount;
    const wasKilled = await this.#spawn(first, operationCount, injection);
    this.#runs += 1;
    const answers = new Int32Array(Uint8Array.from(readFileSync(this.#progressPath)).buffer);
    this.#follow(first, answers);
    if (!wasKilled && answers.length !== operationCount) throw new Error('the process did less');
    await this.#compare(operationOf(this.answeredCount, this.#seed), wasKilled);
    return wasKilled;
  }

  async #spawn(
    first: number,
    operationCount: number,
    injection: Injection | null,
  ): Promise<boolean> {
    const { policy } = this.setup;
    const options = poolOptionsOf(this.setup);
    const message = { options, policy, seed: this.#seed, first, operationCount };
    const argument = JSON.stringify({ ...message, progressPath: this.#progressPath });
    const command = [...this.#strace(injection), process.execPath, fixture, argument];
    const victim = spawn(command[0]!, command.slice(1), {
      stdio: ['ignore', 'ignore', 'pipe'],
      // All transfers of the tier in one thread: strace counts calls of each thread.
      env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
    });
    let said = '';
    victim.stderr.on('data', (data) => {
      said += data;
    });
    const [code, signal] = await once(victim, 'close');
    if (code === 0) return false;
    if (signal === 'SIGKILL' || code === 137) return true;
    throw new Error(`the process ended with ${code ?? signal}: ${said}`);
  }

  #strace(injection: Injection | null): string[] {
    if (injection === null) return [];
    const { syscall, how, on } = injection;
    const { tierPath, directory } = this.setup;
    const pool = ['pool', 'pages.0', ...leaseIds.map((id: string) => `${id}.slots`)];
    const paths = { tier: [tierPath], pool: pool.map((file) => join(directory, file)), all: [] };
    return [
      // Not with --seccomp-bpf, by which signals are not delivered.
      ...['strace', '-f', '-qq', '-o', '/dev/null'],
      ...paths[on].flatMap((path: string) => ['-P', path]),
      ...['-e', `trace=${syscall}`, '-e', 'signal=none', '-e', `inject=${syscall}:${how}`],
    ];
  }

  #follow(first: number, answers: Int32Array): void {
    answers.forEach((errno, index) => {
      this.answeredCount += 1;
      if (errno !== 0) this.refusedCount += 1;
      if (errno !== 0) return;
      const operation = operationOf(first + index, this.#seed);
      const pages = this.#leases[operation.lease]!;
      for (let slot = operation.slot; slot < operation.slot + operation.count; slot++) {
        pages.set(slot, pageAfter(operation, pages.get(slot) ?? zeroes));
      }
    });
  }

  /** Compares all pages, and takes over what became of the operation that was under way. */
  async #compare(open: ReturnType<typeof operationOf>, wasKilled: boolean): Promise<void> {
    const host = new TierHost(this.setup, specs);
    try {
      for (const [lease, pages] of this.#leases.entries()) {
        for (let slot = 0; slot < SLOT_COUNT; slot++) {
          const expected = pages.get(slot) ?? zeroes;
          const found = await host.read(leaseIds[lease]!, slot);
          const where = `slot ${slot} of lease ${lease} after operation ${this.answeredCount - 1}`;
          if (typeof found === 'number') throw new Error(`${where} answered ${found}`);
          if (isEqual(found, expected)) continue;
          const isIn = slot >= open.slot && slot < open.slot + open.count;
          const isOpen = wasKilled && lease === open.lease && isIn;
          if (!isOpen || !isEqual(found, pageAfter(open, expected))) throw new Error(where);
          pages.set(slot, pageAfter(open, expected));
        }
      }
      if (host.damages.length > 0) throw new Error(`damage: ${JSON.stringify(host.damages)}`);
      await checkTier(host, leaseIds, { strayTablePagesMax: this.#runs });
    } finally {
      await host.stop();
    }
  }
}
