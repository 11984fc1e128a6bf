// Which lease a client reaches by the name that it gives. A lease's own socket reaches that lease
// only. Over TCP any lease can be named: by its name alone where only this machine can connect or TLS
// has shown who the client is, and elsewhere by NAME/KEY, which a guest cannot guess of another
// guest's lease. A lease that names its clients is reached over TCP by nobody else.

import { timingSafeEqual } from 'node:crypto';
import { isLoopback } from './addresses.ts';
import type { LeaseDefinition } from './lease-definitions.ts';
import { mayUse, type TlsClient } from './tls/clients.ts';

/** Where a client came in. */
export type Door =
  | { readonly kind: 'lease'; readonly name: string }
  | { readonly kind: 'loopback' }
  | { readonly kind: 'network' }
  /** Either of the two above, once TLS is up. */
  | { readonly kind: 'tls'; readonly client: TlsClient };

/** What kind of door a TCP address is; keys may be asked for on loopback as well. */
export function tcpKind(host: string, needsKeys: boolean): 'loopback' | 'network' {
  return isLoopback(host) && !needsKeys ? 'loopback' : 'network';
}

/** The lease that `exportName` means at this door, undefined where it means none. */
export function leaseOfExport(
  door: Door,
  exportName: string,
  find: (name: string) => LeaseDefinition | undefined,
): LeaseDefinition | undefined {
  const [name = '', key, ...rest] = exportName.split('/');
  if (rest.length > 0) return undefined;
  if (door.kind === 'lease') {
    // The empty name is the default export of a server, and here there is but one.
    const isMeant = (exportName === '' || name === door.name) && key === undefined;
    return isMeant ? find(door.name) : undefined;
  }
  const definition = find(name);
  if (definition === undefined) return undefined;
  if (key !== undefined && !isSame(key, definition.key)) return undefined;
  return admits(door, definition, key !== undefined) ? definition : undefined;
}

/** What a client gets to see of the exports; null where that is nobody's business. */
export function listedExports(
  door: Door,
  definitions: readonly LeaseDefinition[],
): readonly string[] | null {
  if (door.kind === 'lease') return [door.name];
  if (door.kind === 'network' || isAnonymous(door)) return null;
  return definitions.filter((one) => admits(door, one, false)).map(({ name }) => name);
}

/** The name by which a guest reaches the lease at this door. */
export function exportNameOf(door: Door, { name, key }: LeaseDefinition): string {
  return door.kind === 'network' || isAnonymous(door) ? `${name}/${key}` : name;
}

/** Whether the client is one of the lease's, given that the key is right if it has one. */
function admits(door: Door, definition: LeaseDefinition, hasKey: boolean): boolean {
  if (door.kind === 'tls' && mayUse(door.client, definition)) return true;
  // A key can be passed on or overheard; where clients are named it is not enough.
  if (definition.clients !== undefined) return false;
  return hasKey || door.kind === 'loopback';
}

function isAnonymous(door: Door): boolean {
  return door.kind === 'tls' && door.client.kind === 'anonymous';
}

/** Compares in a time that does not tell how much of a guess was right. */
function isSame(given: string, key: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(key);
  return a.length === b.length && timingSafeEqual(a, b);
}
