// pagelend lease: the group of verbs on leases.

import type { Command } from 'commander';
import { addGroup } from '../root.ts';
import { addLeaseCreate } from './lease-create.ts';
import { addLeaseDelete } from './lease-delete.ts';
import { addLeaseLimit } from './lease-limit.ts';
import { addLeaseList } from './lease-list.ts';
import { addLeaseResize } from './lease-resize.ts';
import { addLeaseShow } from './lease-show.ts';

export function addLease(program: Command): void {
  const lease = addGroup(
    program,
    'lease',
    'make, list, show, limit, resize and delete leases of a running lender',
  );
  addLeaseCreate(lease);
  addLeaseList(lease);
  addLeaseShow(lease);
  addLeaseLimit(lease);
  addLeaseResize(lease);
  addLeaseDelete(lease);
}
