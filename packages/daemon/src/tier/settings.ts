// The settings of the tier: which of them go together, and what they come to.

import { resolve } from 'node:path';
import { PolicyError } from '@pagelend/policies';
import type { PromotionRule } from '@pagelend/store';
import { DaemonError } from '../errors.ts';
import type { shareRules } from '../settings.ts';
import { POLICY_DEFAULT, poolPolicy } from './policy.ts';

export type ShareRule = (typeof shareRules)[number];

export interface TierSettings {
  readonly path: string;
  /** Null for as large as the file or device is. */
  readonly bytes: number | null;
  readonly isEncrypted: boolean;
  /** As it was given; `poolPolicy` makes it one. */
  readonly policy: string;
  /** Cost of writing a page in reads; null to measure it. */
  readonly costRatio: number | null;
  readonly promotion: PromotionRule;
  /** Seconds; infinite for never. */
  readonly idleSeconds: number;
  /** Infinite for no bound. */
  readonly writeBytesPerDay: number;
  readonly share: ShareRule;
}

interface Given {
  readonly tier?: string | undefined;
  readonly 'tier-size'?: number | undefined;
  readonly 'tier-encrypt'?: boolean | undefined;
  readonly 'tier-lost'?: boolean | undefined;
  readonly policy?: string | undefined;
  readonly 'cost-ratio'?: number | undefined;
  readonly promote?: PromotionRule | undefined;
  readonly 'idle-after'?: number | undefined;
  readonly 'write-budget'?: number | undefined;
  readonly share?: ShareRule | undefined;
}

const needTier = [
  'tier-size',
  'tier-encrypt',
  'policy',
  'cost-ratio',
  'promote',
  'idle-after',
  'write-budget',
  'share',
] as const;

/** On recorded swap it takes less device time than `always`: what a guest swaps in it often keeps. */
export const PROMOTION_DEFAULT: PromotionRule = 'second';

/** Null without a tier; throws DAEMON_CONFIG where something is missing or contradicts. */
export function tierSettingsOf(given: Given): TierSettings | 'lost' | null {
  const { tier: path } = given;
  if (path === undefined) {
    const alone = needTier.find((name) => given[name] !== undefined);
    if (alone !== undefined) throw wrong(`--${alone} needs a tier: add --tier PATH`);
    return given['tier-lost'] === true ? 'lost' : null;
  }
  if (given['tier-lost'] === true) throw wrong('--tier-lost says that there is no tier; give one');
  const policy = given.policy ?? POLICY_DEFAULT;
  try {
    poolPolicy(policy);
  } catch (error) {
    if (error instanceof PolicyError) throw wrong(`--policy: ${error.message}`);
    throw error;
  }
  if (given['write-budget'] !== undefined && given['idle-after'] === undefined) {
    throw wrong('--write-budget bounds what idle pages are written with: add --idle-after');
  }
  return {
    path: resolve(path),
    bytes: given['tier-size'] ?? null,
    isEncrypted: given['tier-encrypt'] ?? false,
    policy,
    costRatio: given['cost-ratio'] ?? null,
    promotion: given.promote ?? PROMOTION_DEFAULT,
    idleSeconds: given['idle-after'] ?? Number.POSITIVE_INFINITY,
    writeBytesPerDay: given['write-budget'] ?? Number.POSITIVE_INFINITY,
    share: given.share ?? 'off',
  };
}

function wrong(why: string): DaemonError {
  return new DaemonError('DAEMON_CONFIG', why);
}
