// The control plane's handle on the keeper of the tier: starts its thread, tells it of leases, and
// writes what it says to the log.

import { Worker } from 'node:worker_threads';
import type { Costs } from '@pagelend/policies';
import type { Damage, KeeperLink, LentPool, TableShare } from '@pagelend/store';
import { byteAt, measureCosts, type TierDevice, TierError, type TierShare } from '@pagelend/tier';
import type { Log } from '../logs.ts';
import type { FromKeeper, KeeperSetup, ToKeeper } from './messages.ts';
import type { TierSettings } from './settings.ts';

export interface KeeperParts {
  readonly pool: LentPool;
  readonly settings: TierSettings;
  /** Number of the thread in the pool, above those that serve. */
  readonly thread: number;
  readonly log: Log;
  /** The name of the lease that has this index. */
  readonly leaseName: (leaseIndex: number) => string | null;
  readonly onFailure: (error: Error) => void;
}

const UNMEASURED_US = 100;
/** Megabytes: what the thread keeps is in arrays, so let its garbage be collected early. */
const YOUNG_HEAP_MB = 2;

/** Begins to keep the tier, once its device's costs are known; leases are yet to be told of. */
export async function startKeeper(parts: KeeperParts): Promise<KeeperHandle> {
  const { pool, settings, log } = parts;
  const { device, share, isFresh } = pool.tier!;
  const measured = await measuredCosts(parts, device, share);
  const costs = costsOf(measured, settings.costRatio);
  log.info(
    {
      tier: settings.path,
      is_fresh: isFresh,
      bytes: share.layout.extentCount * share.layout.extentBytes,
      is_direct: share.isDirect,
      is_encrypted: share.isEncrypted,
      policy: settings.policy,
      read_us: measured.read,
      write_us: measured.write,
      cost_ratio: costs.write / costs.read,
    },
    'tier opened',
  );
  return new KeeperHandle(parts, costs);
}

/**
 * A device that fails now is no reason to keep from guests what stands in memory, or what can be read:
 * it is opened as if reading and writing cost the same.
 */
async function measuredCosts(
  { settings, log }: KeeperParts,
  device: TierDevice,
  share: TierShare,
): Promise<Costs> {
  try {
    return await measureCosts(device, share.layout, new Int32Array(share.live));
  } catch (error) {
    if (!(error instanceof TierError)) throw error;
    const about = { tier: settings.path, reason: error.message };
    log.error(about, 'what the tier costs could not be measured; reading and writing count alike');
    return { read: UNMEASURED_US, write: UNMEASURED_US };
  }
}

function costsOf(measured: Costs, ratio: number | null): Costs {
  return ratio === null ? measured : { read: measured.read, write: measured.read * ratio };
}

export class KeeperHandle implements KeeperLink {
  readonly costs: Costs;
  readonly settings: TierSettings;
  readonly share: TierShare;
  /** See the store's `tierFigures`. */
  readonly figures: Float64Array;
  readonly #parts: KeeperParts;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, () => void>();
  readonly #exited: Promise<void>;
  #nextOrder = 1;
  /** Why pages can't go behind: 'full', or what the device said; null while they can. */
  trouble: string | null = null;

  constructor(parts: KeeperParts, costs: Costs) {
    this.#parts = parts;
    this.costs = costs;
    this.settings = parts.settings;
    this.share = parts.pool.tier!.share;
    this.figures = new Float64Array(parts.pool.attachment.share.behind!.figures);
    const { pool, settings, thread, onFailure } = parts;
    const setup: KeeperSetup = {
      attachment: pool.attachment,
      thread,
      policy: settings.policy,
      costs,
      promotion: settings.promotion,
      idle: {
        afterSeconds: settings.idleSeconds,
        budgetBytesPerDay: settings.writeBytesPerDay,
      },
      isShared: settings.share !== 'off',
    };
    this.#worker = new Worker(new URL('./keeper-thread.js', import.meta.url), {
      workerData: setup,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_HEAP_MB },
    });
    this.#worker.on('message', (message: FromKeeper) => this.#heard(message));
    this.#worker.on('error', onFailure);
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        for (const settle of this.#waiting.values()) settle();
        resolve();
      });
    });
  }

  add(table: TableShare): void {
    this.#tell({ kind: 'add', table });
  }

  drop(leaseIndex: number): Promise<void> {
    return this.#untilDone((order) => ({ kind: 'drop', leaseIndex, order }));
  }

  /** Settles when it knows all leases that it was told of, and which of their pages stand in the pool. */
  caughtUp(): Promise<void> {
    return this.#untilDone((order) => ({ kind: 'catch-up', order }));
  }

  relimit(leaseIndex: number): void {
    this.#tell({ kind: 'relimit', leaseIndex });
  }

  /** Settles when what was being written is written, and nobody touches the pool any more. */
  stop(): Promise<void> {
    this.#tell({ kind: 'stop' });
    return this.#exited;
  }

  #untilDone(orderOf: (order: number) => ToKeeper): Promise<void> {
    const order = this.#nextOrder++;
    return new Promise((resolve) => {
      this.#waiting.set(order, resolve);
      this.#tell(orderOf(order));
    });
  }

  #tell(message: ToKeeper): void {
    this.#worker.postMessage(message);
  }

  #heard(message: FromKeeper): void {
    if (message.kind === 'done') {
      this.#waiting.get(message.order)?.();
      this.#waiting.delete(message.order);
    } else if (message.kind === 'damage') this.#logDamage(message.damage);
    else if (message.kind === 'trouble') this.#hearTrouble(message.reason);
  }

  #hearTrouble(reason: string | null): void {
    const { log, settings } = this.#parts;
    this.trouble = reason;
    const about = { tier: settings.path };
    if (reason === null) log.info(about, 'pages go behind again');
    else if (reason === 'full') {
      log.warn(about, 'the tier is full: new pages are refused when the pool is, and none is lost');
    } else {
      log.error(
        { ...about, reason },
        'the tier fails: pages stay in the pool, and new ones are refused when it is full',
      );
    }
  }

  #logDamage({ leaseIndex, slot, tierPlace, extent, reason }: Damage): void {
    const { log, leaseName, pool, settings } = this.#parts;
    log.error(
      {
        lease: leaseName(leaseIndex),
        slot,
        tier: settings.path,
        extent,
        at: byteAt(pool.tier!.share.layout, tierPlace),
        reason,
      },
      'a page in the tier cannot be read; its guest gets EIO for it, and all others are served',
    );
  }
}
