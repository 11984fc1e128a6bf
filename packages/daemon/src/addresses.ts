// Addresses to listen on, as they are written in settings, and whether others can reach them.

import { isIP, isIPv4 } from 'node:net';

export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

const PORT_MAX = 65_535;

/** HOST:PORT, or HOST alone where there is a default; IPv6 in brackets. Null where it is neither. */
export function parseAddress(text: string, defaultPort: number): TcpAddress | null {
  const match = /^(\[[^\]]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(text);
  const host = match?.[1]?.replace(/^\[|\]$/g, '');
  const port = match?.[2] === undefined ? defaultPort : Number(match[2]);
  if (host === undefined || port > PORT_MAX) return null;
  const isBracketed = text.startsWith('[');
  const isName = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(host);
  if (isBracketed ? isIP(host) !== 6 : !isName) return null;
  return { host, port };
}

/** With brackets around IPv6, as in a URL. */
export function addressText({ host, port }: TcpAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Whether only processes of this machine can reach the address. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIPv4(host) && host.startsWith('127.');
}

/** Whether it stands for all addresses of the machine, and so for none that a peer could name. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}
