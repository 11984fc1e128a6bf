// Who a TLS client is, and which leases it may use. A certificate reaches the leases whose list of
// clients names it; a lease without a list is reached by the certificate that bears its name.

import { DaemonError } from '../errors.ts';
import type { LeaseDefinition } from '../lease-definitions.ts';

/** What a client has proved during the TLS handshake. */
export type TlsClient =
  | {
      readonly kind: 'certificate';
      /** The subject's common name; null where there is none, or more than one. */
      readonly commonName: string | null;
      readonly uris: readonly string[];
      readonly dnsNames: readonly string[];
      /** SHA-256 of the certificate, as 64 lower-case hexadecimal digits. */
      readonly fingerprint: string;
    }
  /** It has the pre-shared key of the lease with this id. */
  | { readonly kind: 'psk'; readonly leaseId: string }
  /** It has proved nothing: it must know the lease's key. */
  | { readonly kind: 'anonymous' };

type Certificate = Extract<TlsClient, { kind: 'certificate' }>;

/** Clients that one lease names; enough for a list that a person keeps. */
export const LEASE_CLIENTS_MAX = 64;
const RULE_CHARACTERS_MAX = 512;
const ANY = '*';
const EXPECTED =
  'expected a common name, cn:NAME, dns:NAME, uri:URI, sha256:FINGERPRINT, or * for every ' +
  'certificate of the client CA';

/** Checks what shall name the clients of a lease; gives it as it is kept. */
export function checkClients(rules: readonly string[]): readonly string[] {
  if (rules.length > LEASE_CLIENTS_MAX) {
    const limit = `a lease names at most ${LEASE_CLIENTS_MAX} clients`;
    throw new DaemonError('DAEMON_LEASE_CLIENT', `${rules.length} clients: ${limit}`);
  }
  return [...new Set(rules.map(canonicalRule))];
}

/** Whether what the client has proved is enough to use the lease, without a key. */
export function mayUse(client: TlsClient, { id, name, clients }: LeaseDefinition): boolean {
  if (client.kind === 'psk') return client.leaseId === id;
  if (client.kind === 'anonymous') return false;
  if (clients === undefined) return client.commonName === name;
  return clients.some((rule) => isNamedBy(rule, client));
}

/** The client in a few words, for logs and `lease show`. */
export function clientText(client: TlsClient): string {
  if (client.kind !== 'certificate') return client.kind;
  return client.commonName === null ? `sha256:${client.fingerprint}` : `cn:${client.commonName}`;
}

function isNamedBy(rule: string, { commonName, dnsNames, uris, fingerprint }: Certificate) {
  if (rule === ANY) return true;
  const at = rule.indexOf(':');
  const [kind, value] = [rule.slice(0, at), rule.slice(at + 1)];
  if (kind === 'cn') return commonName === value;
  if (kind === 'dns') return dnsNames.some((name) => name.toLowerCase() === value.toLowerCase());
  return kind === 'uri' ? uris.includes(value) : kind === 'sha256' && fingerprint === value;
}

function canonicalRule(text: string): string {
  if (text === ANY) return text;
  const [, kind = 'cn', value = ''] = /^(?:(cn|dns|uri|sha256):)?(.*)$/s.exec(text) ?? [];
  const isPrintable = value !== '' && !/\p{Cc}/u.test(value);
  if (!isPrintable || text.length > RULE_CHARACTERS_MAX) throw wrongClient(text);
  if (kind !== 'sha256') return `${kind}:${value}`;
  const digits = value.replaceAll(':', '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(digits)) throw wrongClient(text);
  return `sha256:${digits}`;
}

function wrongClient(text: string): DaemonError {
  const shown = JSON.stringify(text.slice(0, RULE_CHARACTERS_MAX));
  return new DaemonError('DAEMON_LEASE_CLIENT', `${shown}: names no client; ${EXPECTED}`);
}
