// Who a TLS client is and which leases it may use; which settings of TLS go together.

import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSettings } from '../src/config.ts';
import { exportNameOf, leaseOfExport, listedExports } from '../src/export-names.ts';
import { newDefinition, withClients } from '../src/lease-definitions.ts';
import { alternativeNames, certificateClient } from '../src/tls/certificate.ts';
import { checkClients, clientText, mayUse, type TlsClient } from '../src/tls/clients.ts';
import { pskOf } from '../src/tls/entrance.ts';

const FINGERPRINT = 'ab'.repeat(32);
const web = newDefinition('web', 4096, null);
const host7: TlsClient = {
  kind: 'certificate',
  commonName: 'host7',
  uris: ['spiffe://site/host7'],
  dnsNames: ['h7.site'],
  fingerprint: FINGERPRINT,
};
const named = (...clients: string[]) => withClients(web, clients);

describe('a lease without a list', () => {
  test('is used by the certificate of its name and by its own key', () => {
    expect(mayUse({ ...host7, commonName: 'web' }, web)).toBe(true);
    expect(mayUse(host7, web)).toBe(false);
    expect(mayUse({ ...host7, commonName: null }, web)).toBe(false);
    expect(mayUse({ kind: 'psk', leaseId: web.id }, web)).toBe(true);
    expect(mayUse({ kind: 'psk', leaseId: newDefinition('web', 4096, null).id }, web)).toBe(false);
    expect(mayUse({ kind: 'anonymous' }, web)).toBe(false);
  });
});

describe('a list', () => {
  test.each([
    'host7',
    'cn:host7',
    'dns:H7.SITE',
    'uri:spiffe://site/host7',
    `sha256:${FINGERPRINT}`,
    `sha256:${FINGERPRINT.toUpperCase().match(/../g)!.join(':')}`,
    '*',
  ])('%s names the client', (rule) => {
    expect(mayUse(host7, named('other', rule))).toBe(true);
  });

  test.each([
    'web',
    'HOST7',
    'host',
    'host77',
    'dns:host7',
    'uri:spiffe://site/host',
    'cn:*',
    `sha256:${'00'.repeat(32)}`,
  ])('%s does not', (rule) => {
    expect(mayUse(host7, named(rule))).toBe(false);
  });

  test('takes the place of the default', () => {
    expect(mayUse({ ...host7, commonName: 'web' }, named('other'))).toBe(false);
    expect(mayUse({ ...host7, commonName: 'web' }, named())).toBe(false);
    expect(withClients(named('other'), null)).toEqual(web);
  });

  test('is refused where it names nobody', () => {
    for (const rule of ['', 'cn:', 'sha256:12', 'a\nb', 'a\0', 'x'.repeat(600)]) {
      expect(() => checkClients([rule]), rule).toThrow(/names no client; expected/);
    }
    expect(() => checkClients(Array.from({ length: 65 }, (_, i) => `c${i}`))).toThrow(/at most 64/);
  });
});

describe('doors', () => {
  const find = (name: string) => (name === 'web' ? web : undefined);
  const door = (client: TlsClient) => ({ kind: 'tls', client }) as const;
  const own = door({ ...host7, commonName: 'web' });

  test('with a certificate the name is enough, and a wrong key is too much', () => {
    expect(leaseOfExport(own, 'web', find)).toBe(web);
    expect(leaseOfExport(own, 'web/guess', find)).toBeUndefined();
    expect(leaseOfExport(door(host7), 'web', find)).toBeUndefined();
    expect(leaseOfExport(door(host7), `web/${web.key}`, find)).toBe(web);
    expect(listedExports(door(host7), [web])).toEqual([]);
    expect(listedExports(own, [web])).toEqual(['web']);
  });

  test('without one the key is needed, and nothing is listed', () => {
    const anonymous = door({ kind: 'anonymous' });
    expect(leaseOfExport(anonymous, 'web', find)).toBeUndefined();
    expect(leaseOfExport(anonymous, exportNameOf(anonymous, web), find)).toBe(web);
    expect(listedExports(anonymous, [web])).toBeNull();
  });

  test('a key opens no lease that names its clients', () => {
    const theirs = named('host8');
    const search = () => theirs;
    const rest = [door(host7), door({ kind: 'anonymous' })];
    for (const one of [...rest, { kind: 'loopback' } as const, { kind: 'network' } as const]) {
      expect(leaseOfExport(one, `web/${web.key}`, search)).toBeUndefined();
      expect(leaseOfExport(one, 'web', search)).toBeUndefined();
    }
    expect(listedExports({ kind: 'loopback' }, [theirs])).toEqual([]);
    expect(leaseOfExport({ kind: 'lease', name: 'web' }, 'web', search)).toBe(theirs);
  });
});

describe('a certificate', () => {
  test('is read as Node writes its names, and no name can pretend to be two', () => {
    expect(alternativeNames('DNS:a.b, URI:spiffe://x/y, IP Address:127.0.0.1')).toEqual([
      { kind: 'DNS', value: 'a.b' },
      { kind: 'URI', value: 'spiffe://x/y' },
      { kind: 'IP Address', value: '127.0.0.1' },
    ]);
    const sly = 'a, URI:spiffe://site/host7';
    expect(alternativeNames(`DNS:${JSON.stringify(sly)}`)).toEqual([{ kind: 'DNS', value: sly }]);
    expect(alternativeNames('DNS:"unended')).toEqual([]);
    expect(alternativeNames('no names')).toEqual([]);
  });

  test('any list of names comes back as it was', () => {
    const value = fc.string({ maxLength: 20 });
    const name = fc.record({ kind: fc.constantFrom('DNS', 'URI', 'IP Address'), value });
    const written = ({ kind, value: text }: { kind: string; value: string }) =>
      `${kind}:${/[",\\\n]/.test(text) ? JSON.stringify(text) : text}`;
    fc.assert(
      fc.property(fc.array(name), (names) => {
        expect(alternativeNames(names.map(written).join(', '))).toEqual(names);
      }),
    );
  });

  test('with two common names has none', () => {
    const subject = { CN: ['web', 'db'] } as unknown as { CN: string };
    const fields = { fingerprint256: 'AB:CD', subject } as Parameters<typeof certificateClient>[0];
    expect(certificateClient(fields)).toMatchObject({ commonName: null, fingerprint: 'abcd' });
    expect(clientText(certificateClient(fields)!)).toBe('sha256:abcd');
    expect(certificateClient({} as typeof fields)).toBeNull();
  });
});

test('a pre-shared key is 256 bits of its lease alone', () => {
  expect(pskOf(web)).toMatch(/^[0-9a-f]{64}$/);
  expect(pskOf(web)).toBe(pskOf({ ...web }));
  expect(pskOf({ ...web, name: 'db' })).not.toBe(pskOf(web));
  expect(pskOf(newDefinition('web', 4096, null))).not.toBe(pskOf(web));
});

describe('settings', () => {
  const parse = (more: Record<string, unknown>) =>
    parseSettings({ memory: '1GiB', 'state-dir': '/run/x', ...more });
  const beyond = { listen: 'tcp:10.0.0.1' };

  test('beyond loopback TLS is required, or its absence asked for', () => {
    expect(() => parse(beyond)).toThrow(/without TLS everybody/);
    expect(() => parse({ ...beyond, 'tls-psk': true, tls: 'allow' })).toThrow(/without TLS/);
    expect(parse({ ...beyond, 'insecure-tcp': true }).tls).toBeNull();
    expect(parse({ ...beyond, 'tls-psk': true }).tls?.mode).toBe('required');
    const certificates = { 'tls-certificates': '/etc/pki/pagelend' };
    expect(parse({ ...beyond, ...certificates }).tls).toMatchObject({
      mode: 'required',
      paths: { key: '/etc/pki/pagelend/server-key.pem', clientCa: '/etc/pki/pagelend/ca-cert.pem' },
    });
    const allowed = { ...beyond, ...certificates, tls: 'allow', 'insecure-tcp': true };
    expect(parse(allowed).tls?.mode).toBe('offered');
    expect(parse({ ...certificates, tls: 'off' }).tls).toBeNull();
  });

  test('what belongs together is asked for', () => {
    expect(() => parse({ tls: 'require' })).toThrow(/needs --tls-certificates DIR or --tls-psk/);
    expect(() => parse({ 'tls-anonymous': true })).toThrow(/needs a certificate of the lender/);
    expect(() => parse({ 'tls-key': 'k' })).toThrow(/go together/);
    const pair = { 'tls-key': 'k', 'tls-certificate': 'c' };
    expect(() => parse(pair)).toThrow(/--tls-client-ca is missing/);
    expect(parse({ ...pair, 'tls-anonymous': true }).tls?.paths?.clientCa).toBeNull();
    const own = parse({ ...pair, 'tls-certificates': '/pki', 'tls-client-ca': '/ca.pem' });
    expect(own.tls?.paths).toMatchObject({ clientCa: '/ca.pem', key: join(process.cwd(), 'k') });
  });
});
