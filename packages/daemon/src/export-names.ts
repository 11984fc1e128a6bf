// Which lease a client reaches by the name that it gives. A lease's own socket reaches that lease
// only. Over TCP any lease can be named: by its name alone where only this machine can connect, and
// elsewhere by NAME/KEY, which a guest cannot guess of another guest's lease.

import { timingSafeEqual } from 'node:crypto';
import { isLoopback } from './addresses.ts';
import type { LeaseDefinition } from './lease-definitions.ts';

/** Where a client came in. */
export type Door =
  | { readonly kind: 'lease'; readonly name: string }
  | { readonly kind: 'loopback' }
  | { readonly kind: 'network' };

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
  const isProved = key === undefined ? door.kind === 'loopback' : isSame(key, definition.key);
  return isProved ? definition : undefined;
}

/** What a client gets to see of the exports; null where that is nobody's business. */
export function listedExports(door: Door, names: readonly string[]): readonly string[] | null {
  if (door.kind === 'network') return null;
  return door.kind === 'loopback' ? names : [door.name];
}

/** The name by which a guest reaches the lease at this kind of door. */
export function exportNameOf(kind: Door['kind'], { name, key }: LeaseDefinition): string {
  return kind === 'network' ? `${name}/${key}` : name;
}

/** Compares in a time that does not tell how much of a guess was right. */
function isSame(given: string, key: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(key);
  return a.length === b.length && timingSafeEqual(a, b);
}
