// A lease as the keeper has it.

import { marksOf, slotsOf, type TableShare } from '../slot-table.ts';
import type { Partition } from './partition.ts';

export class KeeperLease {
  readonly index: number;
  readonly share: TableShare;
  /** What its records are marked with. */
  readonly tag: number;
  readonly slots: Int32Array<SharedArrayBuffer>;
  readonly marks: Uint8Array<SharedArrayBuffer>;
  readonly copies: Int32Array<SharedArrayBuffer>;
  readonly ids: Int32Array<SharedArrayBuffer>;
  /** Whose policy picks among its pages. */
  partition: Partition;

  constructor(table: TableShare, partition: Partition) {
    if (table.behind === null) throw new TypeError('the lease was made without a tier');
    this.index = table.leaseIndex;
    this.share = table;
    this.tag = table.behind.tag;
    this.slots = slotsOf(table);
    this.marks = marksOf(table);
    this.copies = new Int32Array(table.behind.copies);
    this.ids = new Int32Array(table.behind.ids);
    this.partition = partition;
  }
}
