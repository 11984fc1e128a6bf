// The API as the command line calls it, over the admin socket.

import type { ErrorJson, LeaseDetailJson, LeasesJson, PoolJson } from './api/json.ts';
import { DaemonError, RemoteError, reasonOf } from './errors.ts';

/** What `change` may change; null takes a limit away. */
export interface LeaseChangeRequest {
  readonly size?: number;
  readonly limit_bytes?: number | null;
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

  lease(name: string): Promise<LeaseDetailJson> {
    return this.#ask<LeaseDetailJson>('GET', leasePath(name));
  }

  create(name: string, size: number, limitBytes: number | null): Promise<LeaseDetailJson> {
    const body = { name, size, limit_bytes: limitBytes };
    return this.#ask<LeaseDetailJson>('POST', '/v1/leases', body);
  }

  change(name: string, change: LeaseChangeRequest): Promise<LeaseDetailJson> {
    return this.#ask<LeaseDetailJson>('PATCH', leasePath(name), change);
  }

  async delete(name: string, isForced: boolean): Promise<void> {
    await this.#ask('DELETE', `${leasePath(name)}?force=${isForced}`);
  }

  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const { status, text } = await this.#send(method, path, body);
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

  async #send(
    method: string,
    path: string,
    body: object | undefined,
  ): Promise<{ status: number; text: string }> {
    const { request } = await import('node:http');
    const socketPath = `${this.#stateDir}/${ADMIN_SOCKET}`;
    const options = { socketPath, method, path, agent: false, timeout: ANSWER_TIMEOUT_MS };
    return new Promise((resolve, reject) => {
      const sent = request(options, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', (error) => reject(this.#strange(reasonOf(error))));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }),
        );
      });
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

function leasePath(name: string): string {
  return `/v1/leases/${encodeURIComponent(name)}`;
}
