// The tier behind the pool with all that looks after it: the keeper, and the judge that tells what
// more memory or another policy would change.

import type { KeeperLink, LentPool, PoolOptions } from '@pagelend/store';
import type { ServeSettings } from '../config.ts';
import { JudgeHandle } from '../judging/judge-handle.ts';
import { type LeaseDefinitions, SHARE_DEFAULT } from '../lease-definitions.ts';
import type { Log } from '../logs.ts';
import { type KeeperHandle, startKeeper } from './keeper-handle.ts';
import { noteTier } from './note.ts';
import { poolPolicy } from './policy.ts';

export interface TierParts {
  readonly pool: LentPool;
  readonly definitions: LeaseDefinitions;
  readonly log: Log;
  readonly onFailure: (error: Error) => void;
}

export interface RunningTier {
  readonly keeper: KeeperHandle;
  readonly judge: JudgeHandle;
  /** Settles when what was being written is written, and nobody touches the pool any more. */
  stop(): Promise<void>;
}

/** What the store is to open behind its pool. */
export function tierChoiceOf(tier: ServeSettings['tier']): PoolOptions['tier'] {
  if (tier === null || tier === 'lost') return tier;
  const { path, bytes, isEncrypted, policy } = tier;
  return { path, bytes, isEncrypted, policy: poolPolicy(policy) };
}

/** Null without a tier. */
export async function startTier(
  { tier, stateDir, threadCount, leases }: ServeSettings,
  { pool, definitions, log, onFailure }: TierParts,
): Promise<RunningTier | null> {
  if (tier === 'lost') {
    log.warn(
      {},
      'pages in the tier are given up: they answer with errors until guests write them anew',
    );
  }
  if (tier === null || tier === 'lost') return null;
  noteTier(stateDir, tier.path);
  const keeper = await startKeeper({
    pool,
    settings: tier,
    // Above those that serve.
    thread: threadCount + 1,
    leaseName: (leaseIndex) =>
      definitions.all().find(({ id }) => pool.lease(id)?.index === leaseIndex)?.name ?? null,
    log,
    onFailure,
  });
  const policy = poolPolicy(tier.policy).asked;
  const divides = tier.share === 'auto';
  const leaseCount = definitions.all().length + leases.length;
  const { costs } = keeper;
  const judge = new JudgeHandle({ pool, leaseCount, policy, costs, divides, log });
  pool.linkKeeper(linkOf(keeper, judge));
  // Before guests are let in: a write that finds no room is refused where nothing could leave, and a
  // page whose lease is not known is not found.
  await keeper.caughtUp();
  return {
    keeper,
    judge,
    stop: async () => {
      await Promise.all([keeper.stop(), judge.stop()]);
    },
  };
}

/** Both are told of leases. */
function linkOf(keeper: KeeperHandle, judge: JudgeHandle): KeeperLink {
  return {
    add: (table) => {
      keeper.add(table);
      judge.add(table.leaseIndex, SHARE_DEFAULT);
    },
    drop: (leaseIndex) => {
      judge.drop(leaseIndex);
      return keeper.drop(leaseIndex);
    },
    relimit: (leaseIndex) => keeper.relimit(leaseIndex),
  };
}
