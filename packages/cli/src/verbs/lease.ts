// pagelend lease: the group of verbs on leases.

import type { Command } from 'commander';
import { addGroup } from '../root.ts';
import { addLeaseAdvise } from './lease-advise.ts';
import { addLeaseClients } from './lease-clients.ts';
import { addLeaseCreate } from './lease-create.ts';
import { addLeaseDelete } from './lease-delete.ts';
import { addLeaseLimit } from './lease-limit.ts';
import { addLeaseList } from './lease-list.ts';
import { addLeaseMove } from './lease-move.ts';
import { addLeaseRecord } from './lease-record.ts';
import { addLeaseResize } from './lease-resize.ts';
import { addLeaseRestore } from './lease-restore.ts';
import { addLeaseSave } from './lease-save.ts';
import { addLeaseShare } from './lease-share.ts';
import { addLeaseShow } from './lease-show.ts';

export function addLease(program: Command): void {
  const lease = addGroup(
    program,
    'lease',
    'make, list, show, limit, share, advise, resize, record, save, restore, move and delete leases of a running lender',
  );
  addLeaseCreate(lease);
  addLeaseList(lease);
  addLeaseShow(lease);
  addLeaseLimit(lease);
  addLeaseClients(lease);
  addLeaseShare(lease);
  addLeaseAdvise(lease);
  addLeaseResize(lease);
  addLeaseRecord(lease);
  addLeaseSave(lease);
  addLeaseRestore(lease);
  addLeaseMove(lease);
  addLeaseDelete(lease);
}
