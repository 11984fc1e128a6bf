// What can be changed of a lease while guests use it.

import {
  checkLimit,
  checkShare,
  type LeaseDefinition,
  type LeaseShare,
  SHARE_DEFAULT,
  withClients,
} from './lease-definitions.ts';
import { cutStrangers, type Entry } from './lease-entry.ts';
import type { LeaseChange } from './lender-types.ts';
import type { Log } from './logs.ts';

/** Throws before anything is changed. */
export function checkChange(definition: LeaseDefinition, { limitBytes, share }: LeaseChange): void {
  if (limitBytes !== undefined) checkLimit(limitBytes);
  if (share !== undefined) checkShare(sharedAs(definition, share));
}

/** Has limit, clients and share in force at once; `save` writes the definition down. */
export function applyChange(
  entry: Entry,
  { limitBytes, clients, share }: LeaseChange,
  save: (definition: LeaseDefinition) => void,
  log: Log,
): void {
  const { name } = entry.definition;
  if (limitBytes !== undefined) {
    save({ ...entry.definition, limitBytes });
    entry.lease!.setLimit(limitBytes);
    log.info({ lease: name, limit_bytes: limitBytes }, 'limit changed');
  }
  if (clients !== undefined) {
    save(withClients(entry.definition, clients));
    cutStrangers(entry);
    log.info({ lease: name, clients: clients ?? 'default' }, 'clients changed');
  }
  if (share !== undefined) {
    const whole = sharedAs(entry.definition, share);
    save({ ...entry.definition, share: whole });
    log.info(
      {
        lease: name,
        weight: whole.weight,
        floor_bytes: whole.floorBytes,
        cap_bytes: whole.capBytes,
      },
      'share changed',
    );
  }
}

function sharedAs(definition: LeaseDefinition, share: Partial<LeaseShare>): LeaseShare {
  return { ...SHARE_DEFAULT, ...definition.share, ...share };
}
