// What tests of moves have in common: a client that reconnects as QEMU does, and a lender's admin
// socket with someone in the middle, who can stop a move at each of its steps.

import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type NbdClient, NbdError } from './client.ts';
import type { Lender } from './daemon.ts';
import { PAGE_BYTES, type Random, stampedPage, versionOf } from './pages.ts';

const GIVE_UP_MS = 90_000;

/** Waits for a condition, with a generous limit. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + GIVE_UP_MS;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`it never came to pass that ${what}`);
    await sleep(50);
  }
}

/** Sends again, on a new connection, what got no answer; an error that is answered is the user's. */
export class PatientClient {
  readonly #where: () => Promise<NbdClient>;
  #client: Promise<NbdClient> | null = null;
  /** Connections made so far. */
  connections = 0;

  constructor(lender: Lender, lease: string) {
    this.#where = () => lender.connect(lease);
  }

  async do<T>(work: (client: NbdClient) => Promise<T>): Promise<T> {
    const end = Date.now() + GIVE_UP_MS;
    for (;;) {
      const attempt = (this.#client ??= this.#connect());
      try {
        return await work(await attempt);
      } catch (error) {
        if (error instanceof NbdError || Date.now() > end) throw error;
        if (this.#client === attempt) this.#client = null;
        await sleep(20);
      }
    }
  }

  async close(): Promise<void> {
    await this.do((client) => client.disconnect()).catch(() => {});
  }

  #connect(): Promise<NbdClient> {
    this.connections++;
    return this.#where();
  }
}

/** Numbered writes to slots, and what must be there. */
export class Ledger {
  readonly versions: Int32Array;
  writes = 0;

  constructor(slots: number) {
    this.versions = new Int32Array(slots);
  }

  /** Writes a next version to a slot; it counts once it is acknowledged. */
  async write(client: PatientClient, slot: number, random: Random): Promise<void> {
    const version = 1 + random.below(2 ** 30);
    const page = stampedPage(slot, version, version % 400);
    await client.do((nbd) => nbd.write(slot * PAGE_BYTES, page));
    this.versions[slot] = version;
    this.writes++;
  }

  /** Every slot holds what was acknowledged last. */
  async check(client: PatientClient): Promise<void> {
    for (let slot = 0; slot < this.versions.length; slot++) {
      const page = await client.do((nbd) => nbd.read(slot * PAGE_BYTES, PAGE_BYTES));
      const version = page.readUInt32LE(4);
      if (version !== 0) versionOf(page, slot, version % 400);
      if (version === this.versions[slot]) continue;
      throw new Error(`slot ${slot} holds version ${version}, not ${this.versions[slot]}`);
    }
  }
}

export interface LeaseLine {
  readonly name: string;
  readonly state: string;
  readonly stored_pages: number;
}

export function leasesOf(lender: Lender): LeaseLine[] {
  return (JSON.parse(lender.verb('lease', 'list', '--json')) as { leases: LeaseLine[] }).leases;
}

export function stateOf(lender: Lender, lease: string): string {
  return leasesOf(lender).find(({ name }) => name === lease)?.state ?? 'none';
}

export function adminSocket(lender: Lender): string {
  return join(lender.stateDir, 'admin.sock');
}

/** Steps of a move, as requests to the other lender. */
export const steps = ['begin', 'pages', 'seal', 'commit', 'settled'] as const;
export type Step = (typeof steps)[number] | 'drop';
export type Hook = (step: Step, when: 'before' | 'after') => Promise<void> | void;

/** Passes everything on to a lender's admin socket, and asks a hook before and after each step. */
export class Middleman {
  readonly path: string;
  hook: Hook = () => {};
  /** Whether answers look as if the other lender were on another machine. */
  isFar = false;
  readonly #target: string;
  readonly #server: Server;
  readonly #tunnels = new Set<Socket>();

  constructor(target: Lender, path: string) {
    this.path = path;
    this.#target = adminSocket(target);
    this.#server = createServer((asked, answer) => {
      this.#pass(asked).then(
        ({ status, body }) => answer.writeHead(status).end(body),
        // Whoever waits learns nothing, as when a machine goes away.
        () => answer.destroy(),
      );
    });
    this.#server.on('upgrade', (asked: IncomingMessage, socket: Socket) =>
      this.#tunnel(asked, socket),
    );
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.path, resolve));
  }

  async close(): Promise<void> {
    for (const tunnel of this.#tunnels) tunnel.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #pass(asked: IncomingMessage): Promise<{ status: number; body: Buffer }> {
    const parts: Buffer[] = [];
    for await (const part of asked) parts.push(part as Buffer);
    const step = stepOf(asked);
    if (step !== null) await this.hook(step, 'before');
    const answer = await this.#ask(asked, Buffer.concat(parts));
    if (step !== null) await this.hook(step, 'after');
    if (!this.isFar || step !== 'commit') return answer;
    const text = answer.body.toString().replace(/"boot_id":"[^"]*"/, '"boot_id":"another"');
    return { status: answer.status, body: Buffer.from(text) };
  }

  #ask(asked: IncomingMessage, body: Buffer): Promise<{ status: number; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const { method, url, headers } = asked;
      const options = { socketPath: this.#target, method, path: url, headers, agent: false };
      const sent = request(options as object, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 500, body: Buffer.concat(parts) }),
        );
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  #tunnel(asked: IncomingMessage, socket: Socket): void {
    const target = connect(this.#target);
    for (const [one, other] of [
      [socket, target],
      [target, socket],
    ] as const) {
      this.#tunnels.add(one);
      one.on('error', () => {});
      one.on('close', () => other.destroy());
    }
    const words = Object.entries(asked.headers).map(([name, value]) => `${name}: ${value}\r\n`);
    target.write(`${asked.method} ${asked.url} HTTP/1.1\r\n${words.join('')}\r\n`);
    socket.pipe(target);
    target.pipe(socket);
  }
}

function stepOf({ method, url = '' }: IncomingMessage): Step | null {
  if (!url.startsWith('/v1/incoming')) return null;
  if (method === 'DELETE') return 'drop';
  const last = url.split('/').at(-1);
  return steps.find((step) => step === last) ?? 'begin';
}
