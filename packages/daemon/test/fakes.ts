// A pool without pages and a data plane without threads: what the control side needs of both.

import { closeDescriptor } from '@pagelend/linux';
import {
  type Lease,
  type LeaseCopy,
  type LeaseSpec,
  type LeaseUsage,
  type Pool,
  type PoolUsage,
  tierFigures,
} from '@pagelend/store';
import type { DataPlane, Handover, ServedConnection } from '../src/contract.ts';
import { NO_USAGE } from '../src/lease-entry.ts';
import type { KeeperHandle } from '../src/tier/keeper-handle.ts';

const { limitBytes: _, ...NOTHING } = NO_USAGE;

export class FakeLease implements Lease {
  readonly id: string;
  readonly index: number;
  readonly bytes: number;
  readonly isFresh = true;
  figures: Partial<LeaseUsage> = {};
  limitBytes: number | null;

  constructor(spec: LeaseSpec, index: number) {
    this.id = spec.id;
    this.index = index;
    this.bytes = spec.bytes;
    this.limitBytes = spec.limitBytes;
  }

  usage(): LeaseUsage {
    return { ...NOTHING, ...this.figures, limitBytes: this.limitBytes };
  }

  setLimit(bytes: number | null): void {
    this.limitBytes = bytes;
  }
}

export class FakePool implements Pool {
  readonly options = {
    directory: '/nowhere',
    memoryBytes: 1 << 30,
    codec: 'lzo' as const,
    owner: 'a test',
    threadCountMax: 2,
    tier: null,
  };
  readonly leases = new Map<string, FakeLease>();
  /** What the next call of `resizeLease` or `deleteLease` throws. */
  failure: Error | null = null;
  isClosed = false;
  #nextIndex = 0;

  constructor(specs: readonly LeaseSpec[] = []) {
    for (const spec of specs) this.make(spec);
  }

  lease(id: string): FakeLease | undefined {
    return this.leases.get(id);
  }

  async createLease(spec: LeaseSpec): Promise<FakeLease> {
    return this.make(spec);
  }

  make(spec: LeaseSpec): FakeLease {
    const lease = new FakeLease(spec, this.#nextIndex++);
    this.leases.set(spec.id, lease);
    return lease;
  }

  async deleteLease(id: string): Promise<void> {
    this.#fail();
    this.leases.delete(id);
  }

  async resizeLease(id: string, bytes: number): Promise<FakeLease> {
    this.#fail();
    const lease = new FakeLease({ id, bytes, limitBytes: null }, this.#nextIndex++);
    this.leases.set(id, lease);
    return lease;
  }

  copyOf(): LeaseCopy {
    throw new Error('there are no pages here to copy');
  }

  usage(): PoolUsage {
    return {
      ...NOTHING,
      memLimitBytes: this.options.memoryBytes,
      tableBytes: 4096,
      idleBytes: 0,
      pagesCompacted: 0,
      codec: 'lzo',
    };
  }

  close(): void {
    this.isClosed = true;
  }

  #fail(): void {
    const { failure } = this;
    this.failure = null;
    if (failure !== null) throw failure;
  }
}

/** The keeper of a tier of four extents, one of which is used; only figures can be had of it. */
export function fakeKeeper(trouble: string | null): KeeperHandle {
  const live = new SharedArrayBuffer(4 * Int32Array.BYTES_PER_ELEMENT);
  new Int32Array(live)[2] = 5;
  const figures = new Float64Array(32);
  figures[tierFigures.FAILED_DEVICE_WRITES] = 7;
  figures[tierFigures.BUDGET_BYTES] = Number.POSITIVE_INFINITY;
  const layout = { firstAt: 2 ** 20, extentBytes: 2 ** 20, extentCount: 4, unitBytes: 64 };
  return {
    trouble,
    figures,
    costs: { read: 80, write: 8 },
    share: { layout, live, isEncrypted: false, isDirect: true },
    settings: { path: '/a/tier', policy: 'craw-rm' },
  } as unknown as KeeperHandle;
}

/** Keeps what it is given; a session ends when the test or the lender ends it. */
export class FakeDataPlane implements DataPlane {
  readonly handovers: Handover[] = [];
  /** Sessions that begin no more requests. */
  readonly held = new Set<number>();
  /** By lease index: where requests are to be told. */
  readonly rings = new Map<number, SharedArrayBuffer>();
  readonly #settlers = new Map<number, (reason: string) => void>();
  /** Which orders to end are heeded. */
  heeds: 'end' | 'cut' | 'none' = 'end';
  #nextId = 1;

  get connectionCount(): number {
    return this.#settlers.size;
  }

  serve(handover: Handover): ServedConnection {
    const id = this.#nextId++;
    this.handovers.push(handover);
    const ended = new Promise<string>((resolve) => {
      this.#settlers.set(id, resolve);
    });
    return {
      id,
      ended,
      hold: async () => {
        this.held.add(id);
      },
      release: () => void this.held.delete(id),
      end: () => this.heeds === 'end' && this.finish(id, 'closed'),
      cut: () => this.heeds !== 'none' && this.finish(id, 'cut'),
    };
  }

  async record(leaseIndex: number, ring: SharedArrayBuffer | null): Promise<void> {
    if (ring === null) this.rings.delete(leaseIndex);
    else this.rings.set(leaseIndex, ring);
  }

  /** Ends a session as if by itself. */
  finish(id: number, reason: string): void {
    const settle = this.#settlers.get(id);
    if (settle === undefined) return;
    this.#settlers.delete(id);
    const { fd } = this.handovers[id - 1]!;
    if (fd >= 0) closeDescriptor(fd);
    settle(reason);
  }

  async close(): Promise<void> {
    for (const id of [...this.#settlers.keys()]) this.finish(id, 'stopping');
  }
}

/** Leases of these tests never move. */
export function noRelay(): ServedConnection {
  throw new Error('no lease has moved here');
}
