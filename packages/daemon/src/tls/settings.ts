// The settings of TLS: which of them go together, and what they come to.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { TlsMode } from '@pagelend/nbd';
import { DaemonError } from '../errors.ts';
import type { SettingName, tlsPolicies } from '../settings.ts';
import { type CredentialPaths, pathsIn } from './credentials.ts';

export interface TlsSettings {
  readonly mode: Exclude<TlsMode, 'off'>;
  /** Null where clients prove themselves by pre-shared keys alone. */
  readonly paths: CredentialPaths | null;
  readonly mayBeAnonymous: boolean;
  readonly hasPsk: boolean;
}

type Given = {
  readonly [Name in SettingName & `tls-${string}`]?: Name extends 'tls-anonymous' | 'tls-psk'
    ? boolean | undefined
    : string | undefined;
} & { readonly tls?: (typeof tlsPolicies)[number] | undefined };

/** Null where TLS is off; throws DAEMON_CONFIG where something is missing. */
export function tlsSettingsOf(given: Given): TlsSettings | null {
  const paths = pathsOf(given);
  const hasPsk = given['tls-psk'] ?? false;
  const mayBeAnonymous = given['tls-anonymous'] ?? false;
  if (mayBeAnonymous && paths === null) {
    throw wrong('--tls-anonymous needs a certificate of the lender: add --tls-certificates DIR');
  }
  if (paths === null && !hasPsk) {
    const policy = given.tls ?? 'off';
    if (policy === 'off') return null;
    throw wrong(`--tls ${policy} needs --tls-certificates DIR or --tls-psk`);
  }
  if (given.tls === 'off') return null;
  const mode = given.tls === 'allow' ? 'offered' : 'required';
  return { mode, paths, mayBeAnonymous, hasPsk };
}

function pathsOf(given: Given): CredentialPaths | null {
  const folder = given['tls-certificates'];
  const inFolder = folder === undefined ? null : pathsIn(resolve(folder));
  const certificate = given['tls-certificate'] ?? inFolder?.certificate;
  const key = given['tls-key'] ?? inFolder?.key;
  const clientCa = given['tls-client-ca'] ?? inFolder?.clientCa;
  if (certificate === undefined && key === undefined && clientCa === undefined) return null;
  if (certificate === undefined || key === undefined) {
    throw wrong('--tls-certificate and --tls-key go together; or give --tls-certificates DIR');
  }
  const mayBeAnonymous = given['tls-anonymous'] ?? false;
  if (clientCa === undefined && !mayBeAnonymous) {
    throw wrong(
      '--tls-client-ca is missing: give the CA that vouches for clients, or let them in without ' +
        'certificates by --tls-anonymous',
    );
  }
  // A folder without a CA is enough where no certificates of clients are asked for.
  const isLeftOut = mayBeAnonymous && given['tls-client-ca'] === undefined;
  const ca = clientCa == null || (isLeftOut && !existsSync(clientCa)) ? null : clientCa;
  return {
    certificate: resolve(certificate),
    key: resolve(key),
    clientCa: ca === null ? null : resolve(ca),
    revoked: inFolder?.revoked ?? null,
  };
}

function wrong(message: string): DaemonError {
  return new DaemonError('DAEMON_CONFIG', message);
}
