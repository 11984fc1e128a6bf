// The lender's certificate and key, and those who vouch for its clients, as files. A renewed
// certificate is used from the next handshake on: the files are looked at again when a client comes.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { DaemonError, reasonOf } from '../errors.ts';

/** Where the files are; each may be missing only where it is null. */
export interface CredentialPaths {
  readonly certificate: string;
  readonly key: string;
  readonly clientCa: string | null;
  readonly revoked: string | null;
}

/** All as PEM. */
export interface Credentials {
  readonly certificate: string;
  readonly key: string;
  readonly clientCa: string | null;
  readonly revoked: string | null;
  readonly expiresAt: Date;
}

const LOOK_AGAIN_MS = 1000;
const FILE_BYTES_MAX = 1 << 20;

/** Files in a folder under the names that QEMU and nbdkit use. */
export function pathsIn(folder: string): CredentialPaths {
  const revoked = join(folder, 'ca-crl.pem');
  return {
    certificate: join(folder, 'server-cert.pem'),
    key: join(folder, 'server-key.pem'),
    clientCa: join(folder, 'ca-cert.pem'),
    revoked: existsSync(revoked) ? revoked : null,
  };
}

/** Reads the files and checks that they belong together; throws DAEMON_TLS with what is wrong. */
export function readCredentials(paths: CredentialPaths): Credentials {
  checkPrivate(paths.key);
  const certificate = read(paths.certificate);
  const key = read(paths.key);
  const clientCa = paths.clientCa === null ? null : read(paths.clientCa);
  const revoked = paths.revoked === null ? null : read(paths.revoked);
  const parsed = parse(paths.certificate, 'a certificate', () => new X509Certificate(certificate));
  const parsedKey = parse(paths.key, 'a private key', () => createPrivateKey(key));
  if (!parsed.checkPrivateKey(parsedKey)) {
    throw wrong(paths.key, `is not the key of ${paths.certificate}; take those made together`);
  }
  if (clientCa !== null) {
    const path = String(paths.clientCa);
    parse(path, 'a certificate', () => new X509Certificate(clientCa));
  }
  const context = { cert: certificate, key, ...(revoked === null ? {} : { crl: revoked }) };
  parse(paths.certificate, 'usable', () => createSecureContext(context));
  return { certificate, key, clientCa, revoked, expiresAt: new Date(parsed.validTo) };
}

/** Credentials that follow their files; while those can't be used, the last ones that could. */
export class CredentialFiles {
  readonly #paths: CredentialPaths;
  readonly #tell: (error: unknown) => void;
  #current: Credentials;
  #seen: string;
  #lookAt = 0;

  /** Throws where they can't be used; `tell` hears of it later on. */
  constructor(paths: CredentialPaths, tell: (error: unknown) => void) {
    this.#paths = paths;
    this.#tell = tell;
    this.#seen = this.#stamp();
    this.#current = readCredentials(paths);
  }

  /** The same object for as long as the files are. */
  current(now = Date.now()): Credentials {
    if (now < this.#lookAt) return this.#current;
    this.#lookAt = now + LOOK_AGAIN_MS;
    const stamp = this.#stamp();
    if (stamp === this.#seen) return this.#current;
    this.#seen = stamp;
    try {
      this.#current = readCredentials(this.#paths);
    } catch (error) {
      this.#tell(error);
    }
    return this.#current;
  }

  /** Changes when a file does. */
  #stamp(): string {
    const { certificate, key, clientCa, revoked } = this.#paths;
    return [certificate, key, clientCa, revoked].map(stampOf).join();
  }
}

function stampOf(path: string | null): string {
  const status = path === null ? undefined : statSync(path, { throwIfNoEntry: false });
  return status === undefined ? '' : `${status.ino} ${status.size} ${status.mtimeMs}`;
}

function checkPrivate(path: string): void {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o007) !== 0) throw wrong(path, 'can be read by all users; chmod 600 it');
}

function read(path: string): string {
  try {
    if (statSync(path).size > FILE_BYTES_MAX) throw new Error('larger than any certificate');
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw wrong(path, `cannot be read: ${reasonOf(error)}`);
  }
}

function parse<T>(path: string, what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw wrong(path, `is not ${what} in PEM: ${error instanceof Error ? error.message : error}`);
  }
}

function wrong(path: string, why: string): DaemonError {
  return new DaemonError('DAEMON_TLS', `${path}: ${why}`);
}
