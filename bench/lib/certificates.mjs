// A CA, a server's and a client's certificate for one run of a bench, made by openssl.

import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Null, or why there are none to be had here. */
export function whyNoCertificates() {
  return spawnSync('openssl', ['version']).status === 0 ? null : 'openssl is not installed';
}

/**
 * Puts ca-cert.pem and the certificates and keys of server and client (by this common name) in
 * `folder`. Keys are on the curve P-256.
 */
export function makeCertificates(folder, clientName) {
  const openssl = (...words) => execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' });
  const key = (name) => {
    const curve = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    openssl('genpkey', ...curve, '-out', `${name}-key.pem`);
  };
  key('ca');
  const constraints = 'basicConstraints=critical,CA:TRUE';
  const ca = ['-key', 'ca-key.pem', '-subj', '/CN=bench', '-days', '2', '-addext', constraints];
  openssl('req', '-new', '-x509', ...ca, '-out', 'ca-cert.pem');
  const sign = (name, subject, extensions) => {
    key(name);
    openssl('req', '-new', '-key', `${name}-key.pem`, '-subj', subject, '-out', 'request.pem');
    writeFileSync(join(folder, 'extensions'), `${extensions.join('\n')}\n`);
    const by = ['-CA', 'ca-cert.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-days', '2'];
    const files = ['-in', 'request.pem', '-out', `${name}-cert.pem`, '-extfile', 'extensions'];
    openssl('x509', '-req', ...files, ...by);
  };
  const names = 'subjectAltName=IP:127.0.0.1,DNS:localhost';
  sign('server', '/CN=localhost', ['extendedKeyUsage=serverAuth', names]);
  sign('client', `/CN=${clientName}`, ['extendedKeyUsage=clientAuth']);
}
