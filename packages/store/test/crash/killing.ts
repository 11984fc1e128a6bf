// kill -9 at any moment, again and again: what was acknowledged must be in the pool when it is opened
// next, and the operation that was under way has happened or not, page by page, and never in parts.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PAGE_BYTES } from '../../src/layout.ts';
import { randomFrom } from '../fixtures/pages.mjs';
import { leaseIds, operationOf, pageAfter, SLOT_COUNT } from '../fixtures/plan.mjs';
import { checkPool } from '../helpers/invariants.ts';
import {
  isEqual,
  leaseSpec,
  optionsFor,
  PoolHost,
  temporaryDirectory,
} from '../helpers/pool-host.ts';

const fixture = fileURLToPath(new URL('../fixtures/victim.mjs', import.meta.url));
const specs = leaseIds.map((id: string) => leaseSpec(id, SLOT_COUNT));
const zeroes = new Uint8Array(PAGE_BYTES);
/** A victim that does nothing for so long is stuck. */
const WAIT_MS_MAX = 60_000;

/** Kills a process that works on one pool so many times. Returns how many operations were done. */
export async function killAgainAndAgain(seed: number, killCount: number): Promise<number> {
  const random = randomFrom(seed);
  const directory = temporaryDirectory();
  const progressPath = join(temporaryDirectory(), 'progress');
  const options = optionsFor(directory);
  const twin = new Twin(seed);
  for (let kill = 0; kill < killCount; kill++) {
    const first = twin.next;
    writeFileSync(progressPath, Buffer.from(new Float64Array([first - 1]).buffer));
    const message = JSON.stringify({ options, seed, first, progressPath });
    const victim = spawn(process.execPath, [fixture, message], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const exit = once(victim, 'exit');
    await progressPast(victim, progressPath, first + Math.floor(random() * 2000));
    victim.kill('SIGKILL');
    await exit;
    twin.follow(readProgress(progressPath));
    const host = new PoolHost(options, specs);
    twin.compare(host);
    // A table's page may have been taken, and the process killed before it was noted.
    checkPool(host.pool, leaseIds, { strayTablePagesMax: kill + 1 });
    host.pool.close();
  }
  return twin.next;
}

/** The pages as they must be after all operations up to `next`. */
class Twin {
  next = 0;
  readonly #seed: number;
  readonly #leases: Map<number, Uint8Array>[] = leaseIds.map(() => new Map());

  constructor(seed: number) {
    this.#seed = seed;
  }

  follow(last: number): void {
    for (; this.next <= last; this.next++) {
      const operation = operationOf(this.next, this.#seed);
      const pages = this.#leases[operation.lease]!;
      for (let slot = operation.slot; slot < operation.slot + operation.count; slot++) {
        pages.set(slot, pageAfter(operation, pages.get(slot) ?? zeroes));
      }
    }
  }

  /** Compares all pages, and takes over what became of the operation that was under way. */
  compare(host: PoolHost): void {
    const open = operationOf(this.next, this.#seed);
    this.#leases.forEach((pages, lease) => {
      for (let slot = 0; slot < SLOT_COUNT; slot++) {
        const expected = pages.get(slot) ?? zeroes;
        const found = host.read(leaseIds[lease]!, slot);
        if (isEqual(found, expected)) continue;
        const isOpen = lease === open.lease && slot >= open.slot && slot < open.slot + open.count;
        if (!isOpen || !isEqual(found, pageAfter(open, expected))) {
          throw new Error(`slot ${slot} of lease ${lease} after operation ${this.next - 1}`);
        }
        pages.set(slot, pageAfter(open, expected));
      }
    });
  }
}

async function progressPast(victim: ChildProcess, path: string, number: number): Promise<void> {
  const until = Date.now() + WAIT_MS_MAX;
  while (readProgress(path) < number) {
    if (victim.exitCode !== null) throw new Error(`the victim ended by itself: ${victim.exitCode}`);
    if (Date.now() > until) throw new Error(`nothing was done for ${WAIT_MS_MAX} ms`);
    await sleep(1);
  }
}

function readProgress(path: string): number {
  const fd = openSync(path, 'r');
  const done = new Float64Array(1);
  readSync(fd, done, 0, 8, 0);
  closeSync(fd);
  return done[0]!;
}
