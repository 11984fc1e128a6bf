// What the thread that opened the pool tells the keeper of its tier, wherever that runs.

import type { TableShare } from '../slot-table.ts';

export interface KeeperLink {
  /** A lease came, with pages or without. */
  add(table: TableShare): void;
  /** A lease goes, or gets another table: settles when the keeper touches this one no more. */
  drop(leaseIndex: number): Promise<void>;
  /** A lease's limit changed. */
  relimit(leaseIndex: number): void;
}
