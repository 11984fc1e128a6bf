// The API as the command line calls it, over the admin socket.

import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { AdviceJson } from './api/advice.ts';
import type { ErrorJson, LeaseDetailJson, LeasesJson, PoolJson, ShareJson } from './api/json.ts';
import { DaemonError, RemoteError, reasonOf } from './errors.ts';
import type { Restored, RestoreOptions, SavedPart } from './transfers/files.ts';
import type { MoveEvent } from './transfers/move-events.ts';

/** What `change` may change; null takes a limit away, or the list of clients. */
export interface LeaseChangeRequest {
  readonly size?: number;
  readonly limit_bytes?: number | null;
  readonly clients?: readonly string[] | null;
  /** What is not said stays; a cap of null is none. */
  readonly share?: Partial<ShareJson>;
}

const ADMIN_SOCKET = 'admin.sock';
const ANSWER_TIMEOUT_MS = 60_000;
/** Nobody is there: no socket, or one that a killed daemon left, or no state directory at all. */
const ABSENT = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTDIR']);

export class LenderClient {
  readonly #stateDir: string;

  constructor(stateDir: string) {
    this.#stateDir = stateDir;
  }

  pool(): Promise<PoolJson> {
    return this.#ask<PoolJson>('GET', '/v1/pool');
  }

  leases(): Promise<LeasesJson> {
    return this.#ask<LeasesJson>('GET', '/v1/leases');
  }

  /** What more memory or another policy would change, for each lease. */
  advice(): Promise<AdviceJson> {
    return this.#ask<AdviceJson>('GET', '/v1/advice');
  }

  lease(name: string): Promise<LeaseDetailJson> {
    return this.#ask<LeaseDetailJson>('GET', leasePath(name));
  }

  create(
    name: string,
    size: number,
    limitBytes: number | null,
    clients: readonly string[] | null = null,
  ): Promise<LeaseDetailJson> {
    const body = { name, size, limit_bytes: limitBytes, clients };
    return this.#ask<LeaseDetailJson>('POST', '/v1/leases', body);
  }

  change(name: string, change: LeaseChangeRequest): Promise<LeaseDetailJson> {
    return this.#ask<LeaseDetailJson>('PATCH', leasePath(name), change);
  }

  async delete(name: string, isForced: boolean): Promise<void> {
    await this.#ask('DELETE', `${leasePath(name)}?force=${isForced}`);
  }

  /**
   * Begins to record the lease's requests; settles once each that is begun from now on is recorded.
   * Gives the bytes for a RequestStreamParser. Who destroys them ends the recording.
   */
  async record(name: string): Promise<Readable> {
    const response = await this.#open('GET', `${leasePath(name)}/requests`);
    const { statusCode: status = 0 } = response;
    if (status === 200) return response;
    this.#parse(status, await textOf(response));
    throw this.#strange(`status ${status}`);
  }

  /** Ends a recording behind all requests that were answered; its stream then comes to its end. */
  async endRecording(name: string): Promise<void> {
    await this.#ask('DELETE', `${leasePath(name)}/requests`);
  }

  /**
   * The lease as a file, in parts that have been checked. Its clients wait from the first part until
   * the last one is taken, the iteration is ended, or the pause has been long enough.
   */
  async *save(name: string, pauseSeconds: number): AsyncGenerator<SavedPart> {
    const path = `${leasePath(name)}/file?pause_seconds=${pauseSeconds}`;
    const stream = await this.#stream('GET', path);
    const { savedParts } = await import('./transfers/files.ts');
    yield* savedParts(stream, `lease ${name}`);
  }

  /** Makes a lease of a file; it appears whole or not at all. */
  async restore(source: AsyncIterable<Uint8Array>, options: RestoreOptions): Promise<Restored> {
    // Says better than the rest what is wrong where nobody is there.
    await this.pool();
    const { restoreLease } = await import('./transfers/files.ts');
    return restoreLease(`${this.#stateDir}/${ADMIN_SOCKET}`, source, options);
  }

  /** Moves a lease and tells how far it is; who ends the iteration early gives the move up. */
  async *move(name: string, to: string): AsyncGenerator<MoveEvent> {
    const stream = await this.#stream('POST', `${leasePath(name)}/move`, { to });
    let held = '';
    for await (const part of stream) {
      held += Buffer.from(part).toString();
      const lines = held.split('\n');
      held = lines.pop()!;
      for (const line of lines) yield JSON.parse(line) as MoveEvent;
    }
  }

  /** Takes a lease back that is being moved; fails where the other lender may have it. */
  async cancelMove(name: string, isForced: boolean): Promise<void> {
    await this.#ask('DELETE', `${leasePath(name)}/move?force=${isForced}`);
  }

  /** An answer that comes bit by bit. */
  async #stream(method: string, path: string, body?: object): Promise<AsyncIterable<Uint8Array>> {
    const response = await this.#open(method, path, body);
    const { statusCode: status = 0 } = response;
    if (status !== 200) {
      this.#parse(status, await textOf(response));
      throw this.#strange(`status ${status}`);
    }
    return this.#soundly(response);
  }

  async *#soundly(response: IncomingMessage): AsyncGenerator<Uint8Array> {
    try {
      yield* response;
    } catch (error) {
      throw this.#strange(`less than it began to: ${reasonOf(error)}`);
    }
  }

  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await this.#open(method, path, body, ANSWER_TIMEOUT_MS);
    let text: string;
    try {
      text = await textOf(response);
    } catch (error) {
      throw this.#strange(reasonOf(error));
    }
    return this.#parse<T>(response.statusCode ?? 0, text);
  }

  #parse<T>(status: number, text: string): T {
    let answer: unknown;
    try {
      answer = JSON.parse(text);
    } catch {
      throw this.#strange(`status ${status} and no JSON`);
    }
    if (status >= 200 && status < 300) return answer as T;
    const { error } = answer as Partial<ErrorJson>;
    if (typeof error?.code !== 'string' || typeof error.message !== 'string') {
      throw this.#strange(`status ${status}`);
    }
    throw new RemoteError(error.code, error.message);
  }

  /** Sends a request; settles with the head of the answer. */
  async #open(
    method: string,
    path: string,
    body?: object,
    timeout?: number,
  ): Promise<IncomingMessage> {
    const { request } = await import('node:http');
    const socketPath = `${this.#stateDir}/${ADMIN_SOCKET}`;
    return new Promise((resolve, reject) => {
      const sent = request({ socketPath, method, path, agent: false, timeout }, resolve);
      sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
      sent.on('error', (error) => reject(this.#unreachable(error)));
      sent.setHeader('content-type', 'application/json');
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  #unreachable(error: Error): DaemonError {
    const reason = reasonOf(error);
    const socket = `${this.#stateDir}/${ADMIN_SOCKET}`;
    if (ABSENT.has(reason)) {
      return new DaemonError(
        'DAEMON_ABSENT',
        `no daemon answers at ${socket}; start one with pagelend serve --state-dir ${this.#stateDir}`,
      );
    }
    if (reason === 'EACCES' || reason === 'EPERM') {
      return new DaemonError(
        'DAEMON_ABSENT',
        `${socket} belongs to another user; run this as the user that runs the daemon`,
      );
    }
    return this.#strange(reason);
  }

  #strange(what: string): DaemonError {
    return new DaemonError('DAEMON_ANSWER', `${this.#stateDir}/${ADMIN_SOCKET} answered ${what}`);
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

function leasePath(name: string): string {
  return `/v1/leases/${encodeURIComponent(name)}`;
}
