// The Host header over TCP. A page in a browser can have its own name point at 127.0.0.1 and would
// then read the figures as its own (DNS rebinding); but its requests carry its name, not an address.

import { isIP } from 'node:net';
import { isWildcard } from '../addresses.ts';

/**
 * Whether a request with this Host header was meant for this server, which is bound to `bound`. One
 * that is bound to all addresses is reached by the machine's name too.
 */
export function isOwnHost(header: string | undefined, bound: string, hostName: string): boolean {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::\d{1,5})?$/.exec(header ?? '');
  const host = match?.[1]?.replace(/^\[|\]$/g, '').toLowerCase();
  if (host === undefined) return false;
  const own = isWildcard(bound) ? hostName : bound;
  return isIP(host) !== 0 || host === 'localhost' || host === own.toLowerCase();
}
