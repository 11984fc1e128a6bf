// Verifies what a lender keeps, while none serves it: state directory, pool, and what is behind. Where
// things are is found as `serve` finds it; nothing is made, cleared or written.

import type { KindFound, PoolCheck } from '@pagelend/store';

export type { Finding, KindFound, LeaseCheck } from '@pagelend/store';

export interface CheckRequest {
  readonly stateDir: string;
  /** Null for the place that fits the state directory. */
  readonly poolDir: string | null;
  /** Null for the one that the lender was served with last. */
  readonly tierPath: string | null;
  /** Heads and entries alone. */
  readonly isQuick: boolean;
  readonly onProgress: (part: string, share: number) => void;
}

export interface LenderCheck {
  readonly stateDir: string;
  readonly poolDir: string;
  /** Null where none is known. */
  readonly tierPath: string | null;
  readonly isQuick: boolean;
  readonly pool: PoolCheck;
  readonly found: readonly KindFound[];
  /** No damage, and all that was asked for could be looked at. */
  readonly isSound: boolean;
}

/** Throws DAEMON_RUNNING, DAEMON_STATE_DIR and what the store throws; all else is in the answer. */
export async function checkLender(request: CheckRequest): Promise<LenderCheck> {
  // Loaded when it is asked for: verbs that only ask a daemon should not carry a store.
  const { checkPoolFiles, Findings } = await import('@pagelend/store');
  const { lockStateDir, readLeases } = await import('./check-state.ts');
  const { findPoolDir } = await import('./pool-dir.ts');
  const { notedTier } = await import('./tier/note.ts');
  const { stateDir, isQuick, onProgress } = request;
  const findings = new Findings();
  const unlock = lockStateDir(stateDir, findings);
  try {
    const { leases, knowsAll } = readLeases(stateDir, findings);
    const poolDir = findPoolDir(stateDir, request.poolDir);
    const tierPath = request.tierPath ?? notedTier(stateDir);
    const pool = await checkPoolFiles({
      directory: poolDir,
      owner: stateDir,
      leases,
      knowsAll,
      tierPath,
      isQuick,
      findings,
      onProgress,
    });
    const isSound = findings.count('damage') === 0 && findings.count('unchecked') === 0;
    return { stateDir, poolDir, tierPath, isQuick, pool, found: findings.all(), isSound };
  } finally {
    unlock();
  }
}
