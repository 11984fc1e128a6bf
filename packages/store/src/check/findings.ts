// What a check found, by kind. Of each kind all are counted, and so many kept that a pool which is
// damaged throughout can't fill the memory of whoever checks it.

/** Findings of one kind that are kept, with all that is known of them. */
const KEPT_MAX = 100_000;

/**
 * Kinds of findings, and how grave each is. `damage`: a page is lost or wrong, or the next start is
 * refused. `unchecked`: what was asked for could not be looked at. `note`: nothing is lost.
 */
export const findingKinds = {
  definition: { severity: 'damage', says: "a lease's definition can't be used" },
  head: { severity: 'damage', says: "the pool's head is damaged" },
  'missing-table': { severity: 'damage', says: 'a lease has no table of slots' },
  table: { severity: 'damage', says: 'a table of slots contradicts itself' },
  mark: { severity: 'damage', says: 'slots have pages and are marked as holes' },
  entry: { severity: 'damage', says: 'an entry is none that is ever written' },
  place: { severity: 'damage', says: "an entry names what can't be a page's place" },
  page: { severity: 'damage', says: 'what stands in a place of the pool is no page' },
  memory: { severity: 'damage', says: 'places lie in memory that a file does not have' },
  tier: { severity: 'damage', says: "the tier behind the pool is not there, or not this pool's" },
  record: { severity: 'damage', says: 'a page behind the pool is not where its slot says' },
  'tier-path': { severity: 'unchecked', says: 'pages are behind the pool, and where is not known' },
  codec: {
    severity: 'unchecked',
    says: 'pages are compressed by a codec whose library is missing',
  },
  lock: { severity: 'note', says: 'nothing kept a lender from starting during the check' },
  'no-pool': { severity: 'note', says: 'there is no pool' },
  'stray-table': { severity: 'note', says: 'a table of slots that no lease has' },
  unfinished: { severity: 'note', says: 'something was cut short, and the next start ends it' },
  transit: { severity: 'note', says: 'a lease is on its way from one lender to another' },
  'other-tier': {
    severity: 'note',
    says: 'a tier that no page needs is missing, or of another pool',
  },
  padding: { severity: 'note', says: 'bytes that mean nothing are not zero' },
} as const satisfies Readonly<Record<string, { severity: Severity; says: string }>>;

export type Severity = 'damage' | 'unchecked' | 'note';
export type FindingKind = keyof typeof findingKinds;

export interface Finding {
  readonly kind: FindingKind;
  /** Name of the lease; null where it is about none. */
  readonly lease: string | null;
  /** The page's slot; its offset on the lease's device is that times 4096. */
  readonly slot: number | null;
  readonly place: PoolPlace | TierPlace | null;
  readonly says: string;
}

export interface PoolPlace {
  readonly block: number;
  readonly index: number;
}

export interface TierPlace {
  readonly extent: number;
  /** Offset of the record on the tier's device, in bytes. */
  readonly at: number;
}

export interface KindFound {
  readonly kind: FindingKind;
  readonly severity: Severity;
  /** What all of them have in common. */
  readonly says: string;
  /** How many there are, of which `findings` are the first. */
  readonly count: number;
  readonly findings: readonly Finding[];
}

export class Findings {
  readonly #byKind = new Map<FindingKind, { count: number; kept: Finding[] }>();

  add(kind: FindingKind, says: string, about: Partial<Omit<Finding, 'kind' | 'says'>> = {}): void {
    let found = this.#byKind.get(kind);
    if (found === undefined) {
      found = { count: 0, kept: [] };
      this.#byKind.set(kind, found);
    }
    found.count += 1;
    if (found.kept.length >= KEPT_MAX) return;
    const { lease = null, slot = null, place = null } = about;
    found.kept.push({ kind, lease, slot, place, says });
  }

  /** All kinds of which there is any, the grave ones first. */
  all(): KindFound[] {
    return (Object.keys(findingKinds) as FindingKind[]).flatMap((kind) => {
      const found = this.#byKind.get(kind);
      if (found === undefined) return [];
      const { count, kept } = found;
      return [{ kind, ...findingKinds[kind], count, findings: kept }];
    });
  }

  count(severity: Severity): number {
    return this.all()
      .filter((found) => found.severity === severity)
      .reduce((sum, { count }) => sum + count, 0);
  }
}
