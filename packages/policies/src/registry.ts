// The policies that come with pagelend, in the order in which lists and reports show them, and the
// notation in which users ask for one: NAME, or NAME:key=value:key=value.

import { PolicyError } from './errors.ts';
import { type OptionValues, resolveOptions } from './options.ts';
import { adLru } from './policies/ad-lru.ts';
import { arc } from './policies/arc.ts';
import { car } from './policies/car.ts';
import { casa } from './policies/casa.ts';
import { ccfLru } from './policies/ccf-lru.ts';
import { cfdc } from './policies/cfdc.ts';
import { cflru } from './policies/cflru.ts';
import { clock } from './policies/clock.ts';
import { clockDwf } from './policies/clock-dwf.ts';
import { clockPro } from './policies/clock-pro.ts';
import { craw, crawRm } from './policies/craw.ts';
import { esc } from './policies/esc.ts';
import { fifo } from './policies/fifo.ts';
import { lfu } from './policies/lfu.ts';
import { linux } from './policies/linux.ts';
import { lirs } from './policies/lirs.ts';
import { lru } from './policies/lru.ts';
import { lruK } from './policies/lru-k.ts';
import { lruWsr } from './policies/lru-wsr.ts';
import { mglru } from './policies/mglru.ts';
import { min } from './policies/min.ts';
import { nru } from './policies/nru.ts';
import { s3Fifo } from './policies/s3-fifo.ts';
import { sieve } from './policies/sieve.ts';
import { twoQueue } from './policies/two-queue.ts';
import { wTinyLfu } from './policies/w-tinylfu.ts';
import { wager } from './policies/wager.ts';
import { wsclock } from './policies/wsclock.ts';
import type { PolicyDefinition } from './policy.ts';

export const policies: readonly PolicyDefinition[] = [
  fifo,
  clock,
  esc,
  nru,
  wsclock,
  sieve,
  linux,
  mglru,
  clockPro,
  car,
  crawRm,
  craw,
  wager,
  lru,
  lruK,
  twoQueue,
  arc,
  lirs,
  lfu,
  wTinyLfu,
  s3Fifo,
  cflru,
  lruWsr,
  ccfLru,
  adLru,
  cfdc,
  casa,
  clockDwf,
  min,
];

export function findPolicy(name: string): PolicyDefinition | undefined {
  return policies.find((policy) => policy.name === name);
}

/** A policy as asked for: its name (or file) and options as text, not yet checked. */
export interface PolicySpec {
  /** The whole text, as it appears in a result's `policy`. */
  readonly asked: string;
  readonly name: string;
  readonly options: ReadonlyMap<string, string>;
}

/** Parses NAME[:key=value…]; the name may be a file, see `isPolicyFile`. */
export function parsePolicySpec(text: string): PolicySpec {
  const [name = '', ...parts] = text.split(':');
  const options = new Map<string, string>();
  for (const part of parts) {
    const match = /^([a-z][a-z0-9-]*)=(.+)$/i.exec(part);
    if (match === null || options.has(match[1]!)) {
      throw new PolicyError(
        'POLICY_SYNTAX',
        `policy '${text}': '${part}': expected one key=value per ':', as in clock:init=0`,
      );
    }
    options.set(match[1]!, match[2]!);
  }
  if (name === '') {
    throw new PolicyError(
      'POLICY_SYNTAX',
      `policy '${text}': expected NAME or NAME:key=value, several by comma, of ${policies.map(({ name: known }) => known).join(', ')}`,
    );
  }
  return { asked: text, name, options };
}

/** Parses a comma-separated list; a policy asked for twice is in it once. */
export function parsePolicyList(text: string): PolicySpec[] {
  const specs = text.split(',').map((part) => parsePolicySpec(part.trim()));
  return [...new Map(specs.map((spec) => [spec.asked, spec])).values()];
}

/** True for a file to load a policy from: it starts with `.` or `/`, or ends as a script does. */
export function isPolicyFile(name: string): boolean {
  return /^[./]/.test(name) || /\.[cm]?[jt]s$/.test(name);
}

/** The policy of that name. Throws a PolicyError that lists what there is. */
export function mustFindPolicy(name: string): PolicyDefinition {
  const found = findPolicy(name);
  if (found !== undefined) return found;
  const known = policies.map((policy) => policy.name).join(', ');
  throw new PolicyError(
    'POLICY_UNKNOWN',
    `no policy '${name}'; there are ${known}, and any file: --policy ./mine.ts`,
  );
}

export function optionsOf(
  definition: PolicyDefinition,
  asked: ReadonlyMap<string, string>,
): OptionValues {
  return resolveOptions(definition.name, definition.options ?? {}, asked);
}
