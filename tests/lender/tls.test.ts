// TLS clients, good ones and hostile ones. Whoever fails loses its own connection: after each test a
// guest in the clear that was attached all the time is served on, and a new TLS client is let in.

import { once } from 'node:events';
import { copyFileSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Authority, hasOpenssl } from './certificates.ts';
import { goMessage, NbdClient, READ, requestHeader } from './client.ts';
import { type Lender, startLender } from './daemon.ts';
import { makePage, PAGE_BYTES, Random, stampedPage } from './pages.ts';
import {
  agreed,
  filesOf,
  greeted,
  option,
  STARTTLS_MESSAGE,
  secured,
  take,
  tlsSession,
} from './tls-client.ts';

const ABORT = 2;
const LIST = 3;
const INFO = 6;
const UNKNOWN_OPTION = 77;
const ERR_TLS_REQUIRED = 0x80000005;
const HALF_OPEN = 200;

let authority: Authority;
let web: string;
let serverFolder: string;
let lender: Lender;
let witness: NbdClient;

describe.skipIf(!hasOpenssl)('TLS (needs openssl)', () => {
  beforeAll(async () => {
    authority = new Authority();
    serverFolder = authority.server();
    web = authority.client('web');
    const tls = ['--listen', 'tcp:127.0.0.1:0', '--tls-certificates', serverFolder];
    const args = [...tls, '--negotiation-timeout', '3'];
    lender = await startLender({ leases: { web: '4MiB', db: '4MiB', own: '1MiB' }, args });
    witness = await lender.connect('own');
    await witness.write(0, stampedPage(0, 1));
  });

  afterEach(async () => {
    expect(lender.isRunning).toBe(true);
    expect(await witness.read(0, PAGE_BYTES)).toEqual(stampedPage(0, 1));
    const newcomer = await newTlsClient();
    expect(await newcomer.read(0, PAGE_BYTES)).toHaveLength(PAGE_BYTES);
    await newcomer.disconnect();
  });

  const newTlsClient = () => patiently(() => tlsSession(lender.port, web, 'web'));

  /** Handshakes that were left behind may still hold their address's places for a moment. */
  async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
    for (let turn = 0; ; turn++) {
      try {
        return await attempt();
      } catch (error) {
        if (turn === 100) throw error;
        await sleep(100);
      }
    }
  }

  async function ends(socket: Socket): Promise<void> {
    socket.on('error', () => {});
    socket.resume();
    if (!socket.closed) await once(socket, 'close');
  }

  test('a session reads and writes, many requests at once and large ones', async () => {
    const client = await tlsSession(lender.port, web, 'web');
    const random = new Random(5);
    const image = Buffer.concat(Array.from({ length: 1024 }, () => makePage(random)));
    const part = image.length / 64;
    const parts = Array.from({ length: 64 }, (_, i) => i * part);
    await Promise.all(parts.map((at) => client.write(at, image.subarray(at, at + part))));
    const got = await Promise.all(parts.map((at) => client.read(at, part)));
    expect(Buffer.concat(got).equals(image)).toBe(true);
    expect((await client.read(0, image.length)).equals(image)).toBe(true);
    const shown = JSON.parse(lender.verb('lease', 'show', 'web', '--json')) as {
      connections: { transport: string; client: string }[];
    };
    expect(shown.connections).toMatchObject([{ transport: 'tls', client: 'cn:web' }]);
    await client.disconnect();
  });

  test('answers that nobody reads hold up that client alone', async () => {
    const client = await tlsSession(lender.port, web, 'web');
    client.socket.pause();
    const lost = Array.from({ length: 64 }, () => client.read(0, 4 * 2 ** 20));
    for (const one of lost) one.catch(() => {});
    for (let i = 0; i < 50; i++) expect(await witness.read(0, PAGE_BYTES)).toHaveLength(PAGE_BYTES);
    client.destroy();
  });

  describe('a certificate that is refused', () => {
    const refused = async (folder: string, isKnown = true) => {
      const outcome = secured(lender.port, filesOf(folder, isKnown)).then(async (socket) => {
        socket.write(goMessage('web').subarray(4));
        await take(socket, 20);
        return 'let in';
      });
      await expect(outcome).rejects.toThrow();
    };

    test('of another CA with the same name', async () => {
      const foreign = new Authority().client('web');
      copyFileSync(authority.path('ca-cert.pem'), join(foreign, 'ca-cert.pem'));
      await refused(foreign);
    });

    test('that has expired', () => refused(authority.client('web', { days: -1 })));

    test('that is for servers', async () => {
      const folder = authority.client('web');
      const server = authority.server();
      for (const kind of ['cert', 'key']) {
        copyFileSync(join(server, `server-${kind}.pem`), join(folder, `client-${kind}.pem`));
      }
      await refused(folder);
    });

    test('that is not there', () => refused(web, false));
  });

  describe('a lease', () => {
    test('is reached by the certificate of its name, and the list shows no other', async () => {
      const socket = await secured(lender.port, filesOf(web));
      socket.write(option(LIST));
      const reply = await take(socket, 20 + 4 + 3);
      expect(String(reply.subarray(24))).toBe('web');
      expect((await take(socket, 20)).readUInt32BE(12)).toBe(1);
      socket.destroy();
      for (const name of ['db', 'own', '', 'none', 'web/', 'web/guess']) {
        await expect(tlsSession(lender.port, web, name), name).rejects.toThrow(/80000006/);
      }
    });

    test('is unknown to others in the same words as one that is not there', async () => {
      const answers = await Promise.all(
        ['db', 'none'].map(async (name) => {
          const socket = await secured(lender.port, filesOf(web));
          socket.write(goMessage(name).subarray(4));
          const header = await take(socket, 20);
          const text = await take(socket, header.readUInt32BE(16));
          socket.destroy();
          return [header.readUInt32BE(12), String(text)];
        }),
      );
      expect(answers[0]).toEqual(answers[1]);
    });

    test('that names its clients is theirs alone, at once', async () => {
      const uri = 'URI:spiffe://site/host7';
      const host7 = authority.client('host7', { names: `${uri},DNS:h7.site` });
      const before = await tlsSession(lender.port, web, 'web');
      lender.verb('lease', 'clients', 'web', 'uri:spiffe://site/host7', 'host8');
      await ends(before.socket);
      await expect(tlsSession(lender.port, web, 'web')).rejects.toThrow(/80000006/);
      const named = await tlsSession(lender.port, host7, 'web');
      expect(lender.verb('lease', 'show', 'web')).toContain('uri:spiffe://site/host7, cn:host8');
      lender.verb('lease', 'clients', 'web', '*');
      await named.disconnect();
      await (await tlsSession(lender.port, web, 'web')).disconnect();
      lender.verb('lease', 'clients', 'web', 'default');
      await expect(tlsSession(lender.port, host7, 'web')).rejects.toThrow(/80000006/);
      lender.verb('lease', 'create', 'named', '--size', '1MiB', '--allow-client', 'dns:h7.site');
      await (await tlsSession(lender.port, host7, 'named')).disconnect();
      expect(() => lender.verb('lease', 'clients', 'web', 'sha256:12')).toThrow(/names no client/);
    });
  });

  describe('in the clear', () => {
    test('every option but STARTTLS and ABORT is told to start TLS first', async () => {
      const socket = await greeted(lender.port);
      socket.write(Buffer.from([0, 0, 0, 3]));
      for (const number of [LIST, INFO, 7, 8, 9, 10, UNKNOWN_OPTION]) {
        socket.write(option(number));
        const header = await take(socket, 20);
        expect(header.readUInt32BE(12), `option ${number}`).toBe(ERR_TLS_REQUIRED);
        await take(socket, header.readUInt32BE(16));
      }
      socket.write(option(ABORT));
      expect((await take(socket, 20)).readUInt32BE(12)).toBe(1);
      await ends(socket);
    });

    test('EXPORT_NAME, which knows no error, ends the session', async () => {
      const socket = await greeted(lender.port);
      socket.write(Buffer.concat([Buffer.from([0, 0, 0, 3]), option(1)]));
      await ends(socket);
    });

    test('nothing that comes with STARTTLS is taken for what came through TLS', async () => {
      const injected = [goMessage('web').subarray(4), option(LIST), Buffer.from([0x16])];
      for (const bytes of injected) {
        const socket = await greeted(lender.port);
        socket.write(Buffer.concat([STARTTLS_MESSAGE, bytes]));
        await ends(socket);
      }
    });

    test('nor what comes right after its answer', async () => {
      const request = { type: READ, flags: 0, cookie: 1n, offset: 0, bytes: PAGE_BYTES };
      for (const bytes of [goMessage('web').subarray(4), requestHeader(request)]) {
        const socket = await agreed(lender.port);
        socket.write(bytes);
        await ends(socket);
      }
    });
  });

  describe('a handshake', () => {
    test('of garbage ends that connection', async () => {
      for (const first of [0x00, 0x16, 0x80, 0xff]) {
        const socket = await agreed(lender.port);
        socket.write(Buffer.alloc(40_000, first));
        await ends(socket);
      }
    });

    test('by TLS 1.1 is refused, by TLS 1.2 is not', async () => {
      const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' } as const;
      await expect(secured(lender.port, { ...filesOf(web), ...old })).rejects.toThrow();
      const socket = await secured(lender.port, { ...filesOf(web), maxVersion: 'TLSv1.2' });
      await (await NbdClient.over(socket, 'web')).disconnect();
    });

    test.each(['end', 'destroy'] as const)('hung up at every byte (%s)', async (how) => {
      const hello = await clientHello();
      for (let bytes = 0; bytes <= hello.length; bytes += 1 + (bytes >> 5)) {
        const socket = await patiently(() => agreed(lender.port));
        socket.write(hello.subarray(0, bytes));
        if (how === 'end') socket.end();
        else socket.destroy();
        await ends(socket);
      }
    });

    test('that stands still is ended in time', async () => {
      const socket = await agreed(lender.port);
      await ends(socket);
    });

    test('half-open ones in numbers keep neither guests nor another address out', async () => {
      const open = Array.from({ length: HALF_OPEN }, () => connect(lender.port, '127.0.0.1'));
      for (const socket of open) {
        socket.on('error', () => {});
        socket.write(STARTTLS_MESSAGE);
        socket.resume();
      }
      for (let i = 0; i < 100; i++) {
        expect(await witness.read(0, PAGE_BYTES)).toHaveLength(PAGE_BYTES);
      }
      await (await lender.connect('db')).disconnect();
      const other = connect({ port: lender.port, host: '127.0.0.1', localAddress: '127.0.0.2' });
      expect(String((await take(other, 18)).subarray(0, 8))).toBe('NBDMAGIC');
      for (const socket of [...open, other]) socket.destroy();
    });
  });

  describe('the end', () => {
    test('of a lease that is deleted by force ends its TLS sessions', async () => {
      lender.verb('lease', 'create', 'gone', '--size', '1MiB');
      const client = await tlsSession(lender.port, authority.client('gone'), 'gone');
      lender.verb('lease', 'delete', 'gone', '--force');
      await ends(client.socket);
    });

    test('of the client after its last request comes after its answer', async () => {
      const client = await tlsSession(lender.port, web, 'web');
      await client.write(0, stampedPage(0, 7));
      const answer = client.read(0, PAGE_BYTES);
      client.socket.end();
      expect(await answer).toEqual(stampedPage(0, 7));
      await ends(client.socket);
    });

    test('of the lender answers what was received, and pages are there afterwards', async () => {
      const client = await tlsSession(lender.port, web, 'web');
      await client.write(PAGE_BYTES, stampedPage(1, 8));
      expect(await lender.stop()).toBe(0);
      await ends(client.socket);
      await lender.start();
      witness = await lender.connect('own');
      const again = await tlsSession(lender.port, web, 'web');
      expect(await again.read(PAGE_BYTES, PAGE_BYTES)).toEqual(stampedPage(1, 8));
      await again.disconnect();
    });
  });

  test('renewed certificates are used by the next client, and sessions go on', async () => {
    const client = await tlsSession(lender.port, web, 'web');
    const before = await secured(lender.port, filesOf(web));
    const renewed = authority.server({ names: 'IP:127.0.0.1,DNS:renewed' });
    for (const file of ['server-key.pem', 'server-cert.pem']) {
      copyFileSync(join(renewed, file), join(serverFolder, file));
    }
    let names: string | undefined = '';
    for (let turn = 0; turn < 100 && !names?.includes('renewed'); turn++) {
      const next = await secured(lender.port, filesOf(web));
      names = next.getPeerCertificate().subjectaltname;
      next.destroy();
      await sleep(100);
    }
    expect(names).toContain('DNS:renewed');
    expect(before.getPeerCertificate().subjectaltname).not.toContain('renewed');
    before.destroy();
    expect(await client.read(0, PAGE_BYTES)).toHaveLength(PAGE_BYTES);
    await client.disconnect();
  });

  /** The first flight of a client, as Node would send it. */
  async function clientHello(): Promise<Buffer> {
    const { connect: connectTls } = await import('node:tls');
    const { Duplex } = await import('node:stream');
    return new Promise((resolve) => {
      const pipe = new Duplex({
        read() {},
        write(chunk: Buffer, _encoding, done) {
          resolve(chunk);
          done();
        },
      });
      connectTls({ socket: pipe, ca: readFileSync(join(web, 'ca-cert.pem')) }).on(
        'error',
        () => {},
      );
    });
  }
});
