// What the simulator's rules make of a stream at a fixed number of frames, to hold the store against:
// a read of a page that is not resident is fetched, a write to one is not, since it brings the whole
// page; a page that leaves dirty is written. Pages that need no place in a pool are in no frame.

import {
  admissionTraps,
  createPolicy,
  NO_PAGE,
  observationOf,
  PageTable,
} from '@pagelend/policies';
import { policyOf } from './tier-run.mjs';

const WRITE = 1;

/** Pages fetched and written, by a policy in the users' notation. */
export function twinCounts({ requests, slotCount, pages, policy, frames, costs }) {
  const { definition, options } = policyOf(policy);
  const table = new PageTable(slotCount, { offers: observationOf(definition, options) });
  const twin = createPolicy(definition, { table, frames, options, costs });
  const traps = admissionTraps(twin);
  const versions = new Uint32Array(slotCount);
  let [fetched, written, evicted] = [0, 0, 0];
  for (const request of requests) {
    const slot = request >>> 1;
    const op = request & 1;
    if (op === WRITE) versions[slot]++;
    if (versions[slot] === 0) continue;
    if (pages.needsNoPlace(slot, versions[slot])) {
      if (table.isResident(slot)) table.evict(slot);
      twin.forget(slot);
    } else if (table.isResident(slot)) {
      if (table.reference(slot, op)) twin.touch?.(slot, op);
    } else {
      if (op !== WRITE) fetched++;
      if (table.residentCount === frames) {
        const victim = twin.victim(slot, op);
        if (victim === NO_PAGE) throw new Error(`${policy} names nobody`);
        if (table.evict(victim)) written++;
        evicted++;
      }
      table.admit(slot, op, traps);
      twin.fault(slot, op);
    }
  }
  return { fetched, written, evicted };
}
