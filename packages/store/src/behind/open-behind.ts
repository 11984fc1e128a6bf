// The tier of a pool, opened: the file or device, and what threads share of it.

import { type Observation, observationOf, PageTable } from '@pagelend/policies';
import { openTier, type Tier } from '@pagelend/tier';
import { LEASE_COUNT_MAX } from '../layout.ts';
import type { BehindShare } from '../pool-share.ts';
import { makeBoard } from './board.ts';
import { makeFigures } from './figures.ts';
import { identityIn } from './identity.ts';
import type { PolicyChoice } from './partition.ts';

export interface TierChoice {
  readonly path: string;
  /** Required where the file is yet to be made; null for as large as it is. */
  readonly bytes: number | null;
  readonly isEncrypted: boolean;
  readonly policy: Pick<PolicyChoice, 'definition' | 'options'>;
  /** Bytes of an extent where the tier is formatted, for tests. */
  readonly extentBytes?: number;
}

/** The least that a page takes on average: more pages than this allows are not known to the policy. */
const PAGE_BYTES_ASSUMED = 512;
const PAGES_MIN = 4096;

/** Opens the tier; `namesPages` says whether slots of the pool name records in it. */
export function openBehind(
  choice: TierChoice,
  directory: string,
  owner: string,
  memoryBytes: number,
  namesPages: boolean,
): { behind: BehindShare; tier: Tier } {
  const { poolId, secret } = identityIn(directory, namesPages);
  const { path, bytes, isEncrypted, extentBytes } = choice;
  const tier = openTier({
    path,
    bytes,
    poolId,
    owner,
    mayReset: !namesPages,
    mayFormat: !namesPages,
    isEncrypted,
    ...(extentBytes === undefined ? {} : { extentBytes }),
  });
  const pages = Math.max(PAGES_MIN, Math.ceil(memoryBytes / PAGE_BYTES_ASSUMED));
  const { definition, options } = choice.policy;
  const sets = setsOf(observationOf(definition, options));
  const behind = {
    tier: tier.share,
    board: makeBoard(),
    bits: new SharedArrayBuffer(pages),
    idle: new SharedArrayBuffer(pages),
    ...sets,
    figures: makeFigures(),
    targets: new SharedArrayBuffer(LEASE_COUNT_MAX * Float64Array.BYTES_PER_ELEMENT),
    secret: isEncrypted ? secret : null,
  };
  return { behind, tier };
}

/** What hardware would set for a policy that observes so much; the page table knows. */
function setsOf(offers: Observation): { readSets: number; writeSets: number } {
  const { readSets, writeSets } = new PageTable(0, { offers });
  return { readSets, writeSets };
}
