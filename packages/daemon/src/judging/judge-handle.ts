// The control plane's handle on the judge's thread.

import { Worker } from 'node:worker_threads';
import { type LeaseVerdict, SAMPLE_ALL } from '@pagelend/judge';
import type { Costs } from '@pagelend/policies';
import { LEASE_COUNT_MAX, type LentPool } from '@pagelend/store';
import { DaemonError } from '../errors.ts';
import type { LeaseShare } from '../lease-definitions.ts';
import type { Log } from '../logs.ts';
import { makeRequestRing } from '../recording/request-ring.ts';
import type { FromJudge, JudgeFeed, JudgeSetup, ToJudge } from './messages.ts';

const RING_RECORDS = 2 ** 16;
/** A lease of so many pages is judged exactly; its shadows take some 4 MiB, if it uses them all. */
const SAMPLE_PAGES = 8192;
/** From so many leases on each is judged on fewer, so that all together take no more. */
const LEASES_IN_FULL = 16;
const SAMPLE_PAGES_MIN = 1024;
/** Megabytes: what the thread keeps is in arrays, so let its garbage be collected early. */
const YOUNG_HEAP_MB = 2;

export interface JudgeParts {
  readonly pool: LentPool;
  /** Leases at start; those that come later are judged as finely. */
  readonly leaseCount: number;
  readonly policy: string;
  readonly costs: Costs;
  readonly divides: boolean;
  readonly log: Log;
}

/** What threads that serve tell the judge by; made before they are. */
export function makeJudgeFeed(): JudgeFeed {
  const thresholds = new SharedArrayBuffer(LEASE_COUNT_MAX * Int32Array.BYTES_PER_ELEMENT);
  new Int32Array(thresholds).fill(SAMPLE_ALL);
  return { ring: makeRequestRing(RING_RECORDS), thresholds };
}

export class JudgeHandle {
  readonly feed = makeJudgeFeed();
  readonly #log: Log;
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #asked = new Map<number, (verdicts: readonly LeaseVerdict[]) => void>();
  #nextOrder = 1;
  #failure: string | null = null;

  constructor({ pool, leaseCount, policy, costs, divides, log }: JudgeParts) {
    this.#log = log;
    const { attachment } = pool;
    const setup: JudgeSetup = {
      attachment,
      feed: this.feed,
      policy,
      costs,
      samplePages: samplePagesFor(leaseCount),
      divides,
    };
    this.#worker = new Worker(new URL('./judge-thread.js', import.meta.url), {
      workerData: setup,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_HEAP_MB },
    });
    this.#worker.on('message', (message: FromJudge) => this.#heard(message));
    // It only advises: lending goes on without it, and shares stay as they are.
    this.#worker.on('error', (error) => {
      this.#failure = error.message;
      log.error({ stack: error.stack }, 'the judge has failed; lending goes on without its advice');
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        for (const answer of this.#asked.values()) answer([]);
        resolve();
      });
    });
  }

  /** A lease came, or its share changed. */
  add(leaseIndex: number, share: LeaseShare): void {
    this.#tell({ kind: 'add', leaseIndex, share });
  }

  drop(leaseIndex: number): void {
    this.#tell({ kind: 'drop', leaseIndex });
  }

  /** What it says of all leases now, by lease index. */
  verdicts(): Promise<readonly LeaseVerdict[]> {
    if (this.#failure !== null) {
      throw new DaemonError(
        'DAEMON_JUDGE',
        `the judge has failed (${this.#failure}); it is there again after a restart of the lender`,
      );
    }
    const order = this.#nextOrder++;
    return new Promise((resolve) => {
      this.#asked.set(order, resolve);
      this.#tell({ kind: 'ask', order });
    });
  }

  stop(): Promise<void> {
    this.#tell({ kind: 'stop' });
    return this.#exited;
  }

  #tell(message: ToJudge): void {
    this.#worker.postMessage(message);
  }

  #heard(message: FromJudge): void {
    if (message.kind === 'trouble') {
      if (message.reason === null) this.#log.info({}, 'the pool is divided again');
      else this.#log.warn({ reason: message.reason }, 'the pool is not divided');
      return;
    }
    this.#asked.get(message.order)?.(message.verdicts);
    this.#asked.delete(message.order);
  }
}

function samplePagesFor(leaseCount: number): number {
  const pages = Math.floor((SAMPLE_PAGES * LEASES_IN_FULL) / Math.max(LEASES_IN_FULL, leaseCount));
  return Math.max(SAMPLE_PAGES_MIN, pages);
}
