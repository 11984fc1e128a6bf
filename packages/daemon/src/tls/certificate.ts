// What a verified certificate says of its owner. The alternative names come as one text, in which
// Node quotes those that hold a comma or a quotation mark, so that no name can pretend to be two.

import type { PeerCertificate } from 'node:tls';
import type { TlsClient } from './clients.ts';

/** `certificate` must have been verified; null where the client sent none. */
export function certificateClient(certificate: PeerCertificate): TlsClient | null {
  const { fingerprint256, subject, subjectaltname } = certificate;
  if (typeof fingerprint256 !== 'string') return null;
  const names = alternativeNames(subjectaltname ?? '');
  const of = (kind: string) => names.filter((name) => name.kind === kind).map(({ value }) => value);
  // Of several common names Node makes a list: which of them would be meant?
  const commonName: unknown = subject?.CN;
  return {
    kind: 'certificate',
    commonName: typeof commonName === 'string' && commonName !== '' ? commonName : null,
    uris: of('URI'),
    dnsNames: of('DNS'),
    fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
  };
}

/** None at all where the text is not understood to its end. */
export function alternativeNames(text: string): { kind: string; value: string }[] {
  const names: { kind: string; value: string }[] = [];
  const pattern = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/y;
  while (pattern.lastIndex < text.length) {
    const [, kind, value] = pattern.exec(text) ?? [];
    if (kind === undefined || value === undefined) return [];
    const plain = unquoted(value);
    if (plain === null) return [];
    names.push({ kind, value: plain });
  }
  return names;
}

function unquoted(value: string): string | null {
  if (!value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return null;
  }
}
