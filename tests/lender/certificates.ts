// Certificates for the tests of one file, made by openssl as they run: a CA, the lender's, those of
// clients, and some that must be refused.

import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, type TestContext } from 'vitest';

export interface CertificateOptions {
  /** Alternative names, as in `URI:spiffe://site/web`. */
  readonly names?: string;
  readonly isServer?: boolean;
  /** Counted from now; one that is over is made by a negative number. */
  readonly days?: number;
}

const DAYS = 2;
const EC = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

export function needsOpenssl(context: TestContext): void {
  if (!hasOpenssl) context.skip('needs openssl (apt-get install -y openssl)');
}

/** A certificate authority and what it has signed, each in a folder as QEMU has it. */
export class Authority {
  readonly folder = mkdtempSync(join(tmpdir(), 'pagelend-tls-'));

  constructor(name = 'the tests of pagelend') {
    folders.push(this.folder);
    this.#key('ca-key.pem');
    this.#request('ca', name);
    this.#sign('ca', { self: true, days: DAYS, extensions: CA_EXTENSIONS });
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  /** The lender's folder: server-cert.pem, server-key.pem, ca-cert.pem. */
  server(options: CertificateOptions = {}): string {
    const names = 'IP:127.0.0.1,IP:127.0.0.2,DNS:localhost';
    return this.#issue('server', 'server', { names, ...options, isServer: true });
  }

  /** A client's folder: client-cert.pem, client-key.pem, ca-cert.pem. */
  client(commonName: string, options: CertificateOptions = {}): string {
    return this.#issue('client', commonName, options);
  }

  /** Takes back the certificate of a client's folder; gives the file that says so. */
  revoke(folder: string): string {
    const config = this.path('ca.conf');
    const lines = ['[ca]', 'default_ca=own', '[own]', `database=${this.path('index.txt')}`];
    writeFileSync(config, [...lines, 'default_md=sha256', 'default_crl_days=2', ''].join('\n'));
    if (!existsSync(this.path('index.txt'))) writeFileSync(this.path('index.txt'), '');
    const by = ['-keyfile', this.path('ca-key.pem'), '-cert', this.path('ca-cert.pem')];
    openssl('ca', '-config', config, ...by, '-revoke', join(folder, 'client-cert.pem'));
    openssl('ca', '-config', config, ...by, '-gencrl', '-out', this.path('ca-crl.pem'));
    return this.path('ca-crl.pem');
  }

  #issue(side: 'client' | 'server', commonName: string, options: CertificateOptions): string {
    const { names, isServer = false, days = DAYS } = options;
    const folder = mkdtempSync(join(this.folder, `${side}-`));
    this.#key(`${side}-key.pem`);
    this.#request(side, commonName);
    const usage = `extendedKeyUsage=${isServer ? 'serverAuth' : 'clientAuth'}`;
    const extensions = [usage, ...(names === undefined ? [] : [`subjectAltName=${names}`])];
    this.#sign(side, { self: false, days, extensions });
    for (const file of [`${side}-key.pem`, `${side}-cert.pem`, 'ca-cert.pem']) {
      copyFileSync(this.path(file), join(folder, file));
    }
    return folder;
  }

  #key(file: string): void {
    openssl('genpkey', ...EC, '-out', this.path(file));
  }

  #request(name: string, commonName: string): void {
    const files = ['-key', this.path(`${name}-key.pem`), '-out', this.path('request.pem')];
    const subject = commonName === '' ? '/O=nobody' : `/O=pagelend/CN=${commonName}`;
    openssl('req', '-new', ...files, '-subj', subject);
  }

  #sign(name: string, how: { self: boolean; days: number; extensions: readonly string[] }): void {
    const extensions = this.path('extensions');
    writeFileSync(extensions, `${how.extensions.join('\n')}\n`);
    const by = how.self
      ? ['-signkey', this.path('ca-key.pem')]
      : ['-CA', this.path('ca-cert.pem'), '-CAkey', this.path('ca-key.pem'), '-CAcreateserial'];
    const files = ['-in', this.path('request.pem'), '-out', this.path(`${name}-cert.pem`)];
    const days = ['-days', String(how.days)];
    openssl('x509', '-req', ...files, ...by, ...days, '-extfile', extensions);
  }
}

const CA_EXTENSIONS = [
  'basicConstraints=critical,CA:TRUE',
  'keyUsage=critical,keyCertSign,cRLSign',
];

/** A folder with a client's pre-shared key, as GnuTLS reads it. */
export function pskFile(line: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'pagelend-psk-'));
  folders.push(folder);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'keys.psk');
  writeFileSync(path, `${line}\n`, { mode: 0o600 });
  return path;
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}
