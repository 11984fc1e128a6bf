// Another lender, as the one that moves a lease to it sees it: its API over its admin socket.

import { statSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import * as v from 'valibot';
import { DaemonError, RemoteError, reasonOf } from '../errors.ts';
import type { LeaseShare } from '../lease-definitions.ts';
import type { IncomingRequest, SocketPlace } from './incoming.ts';

const ADMIN_SOCKET = 'admin.sock';
const ANSWER_MS_MAX = 30_000;
const ANSWER_BYTES_MAX = 1 << 20;

const begun = v.object({ token: v.string(), lender_id: v.string() });
const committed = v.object({
  place: v.object({
    path: v.string(),
    boot_id: v.string(),
    device: v.string(),
    inode: v.string(),
  }),
});
const failure = v.object({ error: v.object({ code: v.string(), message: v.string() }) });
const anything = v.unknown();

/** The admin socket that `--to` means: itself, or the one in a state directory. */
export function adminSocketOf(to: string): string {
  try {
    const isFolder = statSync(to, { throwIfNoEntry: false })?.isDirectory() === true;
    return isFolder ? join(to, ADMIN_SOCKET) : to;
  } catch (error) {
    throw new DaemonError(
      'DAEMON_MOVE_TARGET',
      `${to}: cannot be looked at by the daemon: ${reasonOf(error)}; give the other lender's state ` +
        'directory, or the path of its admin socket',
    );
  }
}

export class TargetLender {
  readonly path: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 2 });

  constructor(path: string) {
    this.path = path;
  }

  async begin(
    wanted: IncomingRequest,
    signal?: AbortSignal,
  ): Promise<{ token: string; lenderId: string }> {
    const { name, bytes, limitBytes, key, clients, share } = wanted;
    const body = {
      name,
      size: bytes,
      limit_bytes: limitBytes,
      key,
      clients,
      // A lender that knows no shares refuses to be told of one.
      ...(share === null ? {} : { share: bodyOfShare(share) }),
    };
    const { token, lender_id } = await this.#ask('POST', '/v1/incoming', body, begun, signal);
    return { token, lenderId: lender_id };
  }

  async pages(token: string, chunk: Buffer, signal?: AbortSignal): Promise<void> {
    await this.#ask('POST', `/v1/incoming/${token}/pages`, chunk, anything, signal);
  }

  async seal(token: string, pages: number, digest: string, signal?: AbortSignal): Promise<void> {
    await this.#ask('POST', `/v1/incoming/${token}/seal`, { pages, digest }, anything, signal);
  }

  /** Null where the lease came and is gone again. */
  async commit(token: string, lenderId: string, signal?: AbortSignal): Promise<SocketPlace | null> {
    const body = { lender_id: lenderId };
    try {
      const path = `/v1/incoming/${token}/commit`;
      const { place } = await this.#ask('POST', path, body, committed, signal);
      const { boot_id, ...rest } = place;
      return { ...rest, bootId: boot_id };
    } catch (error) {
      if (error instanceof RemoteError && error.code === 'DAEMON_LEASE_MOVED') return null;
      throw error;
    }
  }

  async drop(token: string, lenderId: string, signal?: AbortSignal): Promise<void> {
    const query = `lender_id=${encodeURIComponent(lenderId)}`;
    await this.#ask('DELETE', `/v1/incoming/${token}?${query}`, null, anything, signal);
  }

  async settle(token: string): Promise<void> {
    await this.#ask('POST', `/v1/incoming/${token}/settled`, null, anything);
  }

  /** A stream that is a connection to the lease's own socket there. */
  connect(lease: string): Promise<{ stream: Duplex; head: Buffer }> {
    return new Promise((resolve, reject) => {
      const sent = request({
        socketPath: this.path,
        path: `/v1/leases/${encodeURIComponent(lease)}/nbd`,
        headers: { connection: 'Upgrade', upgrade: 'nbd' },
        agent: false,
      });
      sent.setTimeout(ANSWER_MS_MAX, () => sent.destroy(new Error('no answer in time')));
      sent.on('upgrade', (_, stream, head) => {
        stream.setTimeout(0);
        resolve({ stream, head });
      });
      sent.on('response', (response) => {
        response.resume();
        reject(this.#failed(`it answered ${response.statusCode}`));
      });
      sent.on('error', (error) => reject(this.#failed(reasonOf(error))));
      sent.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  async #ask<const S extends v.GenericSchema>(
    method: string,
    path: string,
    body: object | Buffer | null,
    schema: S,
    signal?: AbortSignal,
  ): Promise<v.InferOutput<S>> {
    const { status, text } = await this.#send(method, path, body, signal);
    let answer: unknown;
    try {
      answer = JSON.parse(text);
    } catch {
      throw this.#failed(`it answered ${status} and no JSON`);
    }
    if (status >= 200 && status < 300) {
      const result = v.safeParse(schema, answer);
      if (result.success) return result.output;
      throw this.#failed('it answered what no lender answers');
    }
    const result = v.safeParse(failure, answer);
    if (!result.success) throw this.#failed(`it answered ${status}`);
    throw new RemoteError(result.output.error.code, result.output.error.message);
  }

  #send(
    method: string,
    path: string,
    body: object | Buffer | null,
    signal?: AbortSignal,
  ): Promise<{ status: number; text: string }> {
    signal?.throwIfAborted();
    const isBytes = Buffer.isBuffer(body);
    const bytes = isBytes ? body : Buffer.from(body === null ? '' : JSON.stringify(body));
    const type = isBytes ? 'application/octet-stream' : 'application/json';
    return new Promise((resolve, reject) => {
      const where = { socketPath: this.path, method, path, agent: this.#agent };
      const options = { ...where, ...(signal === undefined ? {} : { signal }) };
      const headers = { 'content-type': type, 'content-length': bytes.length };
      const fail = (error: Error): void =>
        reject(signal?.aborted === true ? signal.reason : this.#failed(reasonOf(error)));
      const sent = request({ ...options, headers, timeout: ANSWER_MS_MAX }, (response) => {
        textOf(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), fail);
      });
      sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
      sent.on('error', fail);
      sent.end(bytes);
    });
  }

  #failed(why: string): DaemonError {
    return new DaemonError('DAEMON_MOVE_TARGET', `the lender at ${this.path}: ${why}`);
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response) {
    bytes += part.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error('the answer has no end');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function bodyOfShare({ weight, floorBytes, capBytes }: LeaseShare): object {
  return { weight, floor_bytes: floorBytes, cap_bytes: capBytes };
}
