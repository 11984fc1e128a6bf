// TLS with clients that others wrote, over GnuTLS (libnbd, QEMU) and OpenSSL: certificates and
// pre-shared keys, good ones and those that must be refused.

import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { Authority, hasOpenssl, needsOpenssl, pskFile } from '../lender/certificates.ts';
import { type Lender, startLender } from '../lender/daemon.ts';
import { makePage, PAGE_BYTES, Random } from '../lender/pages.ts';
import { mustRun, needs, needsPython, PYTHON, run } from './clients.ts';

const SLOTS = 1024;
const SIZE = SLOTS * PAGE_BYTES;
const scratch = mkdtempSync(join(tmpdir(), 'pagelend-interop-'));
let authority: Authority;
let web: string;
let lender: Lender;
/** One that takes both ways, and pre-shared keys alone. */
let open: Lender;

beforeAll(async () => {
  if (!hasOpenssl) return;
  authority = new Authority();
  web = authority.client('web');
  const leases = { web: String(SIZE), db: String(SIZE) };
  const listen = ['--listen', 'tcp:127.0.0.1:0'];
  const certificates = ['--tls-certificates', authority.server()];
  lender = await startLender({ leases, args: [...listen, ...certificates, '--tls-psk'] });
  open = await startLender({ leases, args: [...listen, '--tls-psk', '--tls', 'allow'] });
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function needsAll(context: TestContext, program: string, debianPackage: string): void {
  needsOpenssl(context);
  needs(context, program, debianPackage);
}

const uri = (lease: string, folder = web) =>
  `nbds://127.0.0.1:${lender.port}/${lease}?tls-certificates=${folder}`;

function pskLine(of: Lender, lease: string): string {
  const shown = JSON.parse(of.verb('lease', 'show', lease, '--json')) as {
    attachment: { tls_psk: string };
  };
  return shown.attachment.tls_psk;
}

const pskUri = (of: Lender, lease: string, file: string, user = lease) =>
  `nbds://${user}@127.0.0.1:${of.port}/${lease}?tls-psk-file=${file}`;

function qemuImage(of: Lender, lease: string): string {
  const server = `server.type=inet,server.host=127.0.0.1,server.port=${of.port}`;
  return `driver=nbd,${server},tls-creds=tls,export=${lease}`;
}

test('nbdinfo: an export, and a list of what the certificate reaches', async (context) => {
  needsAll(context, 'nbdinfo', 'libnbd-bin');
  const info = JSON.parse(await mustRun('nbdinfo', ['--json', uri('web')]));
  expect(info).toMatchObject({ TLS: true, exports: [{ 'export-size': SIZE }] });
  const list = JSON.parse(await mustRun('nbdinfo', ['--list', '--json', uri('')]));
  const names = (list as { exports: Record<string, unknown>[] }).exports;
  expect(names.map((one) => one['export-name'])).toEqual(['web']);
  expect((await run('nbdinfo', [uri('db')])).status).toBe(1);
  expect((await run('nbdinfo', [`nbd://127.0.0.1:${lender.port}/web`])).status).toBe(1);
});

test('nbdinfo: certificates that are refused', async (context) => {
  needsAll(context, 'nbdinfo', 'libnbd-bin');
  const bad = {
    expired: authority.client('web', { days: -1 }),
    'of another CA': new Authority().client('web'),
    'of another name': authority.client('nobody'),
    'of no name': authority.client(''),
  };
  for (const [what, folder] of Object.entries(bad)) {
    expect((await run('nbdinfo', [uri('web', folder)])).status, what).toBe(1);
  }
});

test('nbdinfo: a certificate that was taken back', async (context) => {
  needsAll(context, 'nbdinfo', 'libnbd-bin');
  const folder = authority.server();
  const [good, lost] = [authority.client('web'), authority.client('web')];
  copyFileSync(authority.revoke(lost), join(folder, 'ca-crl.pem'));
  const args = ['--listen', 'tcp:127.0.0.1:0', '--tls-certificates', folder];
  const { port } = await startLender({ leases: { web: '1MiB' }, args });
  const place = `nbds://127.0.0.1:${port}/web?tls-certificates=`;
  await mustRun('nbdinfo', ['--size', `${place}${good}`]);
  expect((await run('nbdinfo', ['--size', `${place}${lost}`])).status).toBe(1);
});

test('nbdinfo: clients without a certificate, where they may be, need the key', async (context) => {
  needsAll(context, 'nbdinfo', 'libnbd-bin');
  const tls = ['--tls-certificates', authority.server(), '--tls-anonymous'];
  const args = ['--listen', 'tcp:127.0.0.1:0', ...tls];
  const one = await startLender({ leases: { web: '1MiB' }, args });
  const folder = mkdtempSync(join(scratch, 'anonymous-'));
  copyFileSync(authority.path('ca-cert.pem'), join(folder, 'ca-cert.pem'));
  const place = (name: string, files = folder) =>
    `nbds://127.0.0.1:${one.port}/${name}?tls-certificates=${files}`;
  await mustRun('nbdinfo', ['--size', place(`web/${keyOf('web', one)}`)]);
  expect((await run('nbdinfo', ['--size', place('web')])).status).toBe(1);
  expect((await run('nbdinfo', ['--list', place('')])).stdout).not.toContain('web');
  await mustRun('nbdinfo', ['--size', place('web', web)]);
  const foreign = new Authority().client('web');
  copyFileSync(authority.path('ca-cert.pem'), join(foreign, 'ca-cert.pem'));
  const key = keyOf('web', one);
  expect((await run('nbdinfo', ['--size', place(`web/${key}`, foreign)])).status).toBe(1);
});

test('nbdcopy: in and out over four connections', async (context) => {
  needsAll(context, 'nbdcopy', 'libnbd-bin');
  const random = new Random(3);
  const image = Buffer.concat(Array.from({ length: SLOTS }, () => makePage(random)));
  const [from, to] = [join(scratch, 'in.img'), join(scratch, 'out.img')];
  writeFileSync(from, image);
  const many = ['--connections=4', '--requests=64'];
  await mustRun('nbdcopy', [...many, '--flush', from, uri('web')]);
  await mustRun('nbdcopy', [...many, uri('web'), to]);
  expect(readFileSync(to).equals(image)).toBe(true);
});

test('qemu-io and qemu-img: tls-creds-x509', async (context) => {
  needsAll(context, 'qemu-io', 'qemu-utils');
  const credentials = ['--object', `tls-creds-x509,id=tls,dir=${web},endpoint=client`];
  const image = ['--image-opts', qemuImage(lender, 'web')];
  const commands = ['write -P 0x31 1000 50000', 'aio_write -P 0x32 1M 1M', 'aio_flush'];
  const reads = [
    'read -P 0x31 1000 50000',
    'read -P 0x32 1M 1M',
    'discard 1M 1M',
    'read -P 0 1M 1M',
  ];
  const words = [...commands, ...reads].flatMap((command) => ['-c', command]);
  const said = await mustRun('qemu-io', [...credentials, '-d', 'unmap', ...words, ...image]);
  expect(said).not.toMatch(/verification failed|error/i);
  const info = await mustRun('qemu-img', ['info', ...credentials, ...image]);
  expect(info).toContain(`(${SIZE} bytes)`);
  const db = ['--image-opts', qemuImage(lender, 'db')];
  expect((await run('qemu-img', ['info', ...credentials, ...db])).status).toBe(1);
});

test('the certificates that the example makes', async (context) => {
  needsAll(context, 'nbdinfo', 'libnbd-bin');
  const script = fileURLToPath(new URL('../../examples/serve/certificates.sh', import.meta.url));
  const pki = join(scratch, 'pki');
  await mustRun('bash', [script, pki, '127.0.0.1', 'client', 'web']);
  await mustRun('bash', [script, pki, '127.0.0.1', 'client', 'web', 'more']);
  const args = ['--listen', 'tcp:127.0.0.1:0', '--tls-certificates', join(pki, 'lender')];
  const { port } = await startLender({ leases: { web: '1MiB' }, args });
  const size = (client: string) => {
    const files = join(pki, 'clients', client);
    return run('nbdinfo', ['--size', `nbds://127.0.0.1:${port}/web?tls-certificates=${files}`]);
  };
  expect((await size('web')).stdout.trim()).toBe(String(2 ** 20));
  expect((await size('more')).status).toBe(1);
});

test('pre-shared keys: libnbd and QEMU, beside certificates and without any', async (context) => {
  needsAll(context, 'nbdinfo', 'libnbd-bin');
  for (const one of [lender, open]) {
    const file = pskFile(pskLine(one, 'web'));
    const size = await mustRun('nbdinfo', ['--size', pskUri(one, 'web', file)]);
    expect(size.trim()).toBe(String(SIZE));
    const list = await mustRun('nbdinfo', ['--list', '--json', pskUri(one, 'web', file)]);
    expect(list).not.toContain('"db"');
    // The key of one lease is of no use at another, nor under another name.
    expect((await run('nbdinfo', [pskUri(one, 'db', file, 'web')])).status).toBe(1);
    expect((await run('nbdinfo', [pskUri(one, 'db', file)])).status).toBe(1);
    const forged = pskFile(`web:${'ab'.repeat(32)}`);
    expect((await run('nbdinfo', [pskUri(one, 'web', forged)])).status).toBe(1);
    const qemu = `tls-creds-psk,id=tls,dir=${dirname(file)},endpoint=client,username=web`;
    const words = ['info', '--object', qemu, '--image-opts', qemuImage(one, 'web')];
    expect(await mustRun('qemu-img', words)).toContain(`(${SIZE} bytes)`);
  }
});

test('where TLS is allowed, the clear is too', async (context) => {
  needsAll(context, 'nbdinfo', 'libnbd-bin');
  const size = await mustRun('nbdinfo', ['--size', `nbd://127.0.0.1:${open.port}/web`]);
  expect(size.trim()).toBe(String(SIZE));
});

test('an unknown identity fails as a wrong key does', async (context) => {
  needsAll(context, 'nbdinfo', 'libnbd-bin');
  const answers = await Promise.all(
    ['web', 'none'].map(async (name) => {
      const file = pskFile(`${name}:${'cd'.repeat(32)}`);
      return (await run('nbdinfo', [pskUri(open, name, file)])).stderr;
    }),
  );
  expect(answers[0]).toMatch(/alert/);
  expect(answers[0]).toBe(answers[1]);
});

test('a lease that names its clients is not reached by its key in the clear', async (context) => {
  needsAll(context, 'nbdinfo', 'libnbd-bin');
  open.verb('lease', 'clients', 'db', 'host7');
  for (const name of ['db', `db/${keyOf('db')}`]) {
    const { status } = await run('nbdinfo', [`nbd://127.0.0.1:${open.port}/${name}`]);
    expect(status, name).toBe(1);
  }
  const file = pskFile(pskLine(open, 'db'));
  await mustRun('nbdinfo', ['--size', pskUri(open, 'db', file)]);
  open.verb('lease', 'clients', 'db', 'default');
  await mustRun('nbdinfo', ['--size', `nbd://127.0.0.1:${open.port}/db/${keyOf('db')}`]);
});

function keyOf(lease: string, of = open): string {
  const path = join(of.stateDir, 'leases', `${lease}.json`);
  return (JSON.parse(readFileSync(path, 'utf8')) as { key: string }).key;
}

test('nbdsh: many requests in flight over TLS', async (context) => {
  needsOpenssl(context);
  needsPython(context, 'nbd', 'python3-libnbd');
  const script = `
import nbd
h = nbd.NBD()
h.set_uri_allow_local_file(True)
h.connect_uri('${uri('web')}')
assert h.get_tls_negotiated()
buffers = [nbd.Buffer.from_bytearray(bytearray(bytes([i]) * 65536)) for i in range(48)]
for i, buffer in enumerate(buffers):
    h.aio_pwrite(buffer, i * 65536)
while h.aio_in_flight() > 0:
    h.poll(-1)
for i in range(48):
    assert h.pread(65536, i * 65536) == bytes([i]) * 65536, i
h.shutdown()
print('done')
`;
  expect(await mustRun(PYTHON, ['-'], script)).toBe('done\n');
});

test('openssl s_client, which says nothing of NBD first, gets nowhere', async (context) => {
  needsOpenssl(context);
  const address = ['-connect', `127.0.0.1:${lender.port}`];
  const { status } = await run('openssl', ['s_client', ...address], 'garbage\n');
  expect(status).not.toBe(0);
  await mustRun('nbdinfo', ['--size', uri('web')]);
});
