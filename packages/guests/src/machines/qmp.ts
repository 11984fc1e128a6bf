// QEMU's machine protocol (docs/interop/qmp-spec.txt): one line of JSON for each order and answer.

import type { Duplex } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import * as v from 'valibot';
import { GuestError } from '../errors.ts';

const answerSchema = v.object({
  id: v.optional(v.number()),
  return: v.optional(v.unknown()),
  error: v.optional(v.object({ class: v.string(), desc: v.string() })),
});

/** Longest line that QEMU may say; its answers to the orders here have some hundred bytes. */
const LINE_BYTES_MAX = 1024 * 1024;

export class QmpClient {
  readonly #stream: Duplex;
  readonly #decoder = new StringDecoder('utf8');
  readonly #pending = new Map<number, (error: GuestError | null) => void>();
  #rest = '';
  #lastId = 0;
  #gone: GuestError | null = null;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => this.#read(this.#decoder.write(chunk)));
    stream.on('error', () => {});
    stream.on('close', () => this.fail(new GuestError('GUEST_GONE', 'QEMU has ended')));
    // Commands are taken only after this one.
    this.execute('qmp_capabilities').catch(() => {});
  }

  /** Gives an order; resolves when QEMU has followed it. */
  execute(order: string): Promise<void> {
    if (this.#gone !== null) return Promise.reject(this.#gone);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, (error) => (error === null ? resolve() : reject(error)));
      this.#stream.write(`${JSON.stringify({ execute: order, id })}\n`);
    });
  }

  fail(error: GuestError): void {
    this.#gone ??= error;
    for (const settle of this.#pending.values()) settle(this.#gone);
    this.#pending.clear();
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > LINE_BYTES_MAX) {
      this.fail(new GuestError('GUEST_GONE', 'QEMU does not speak QMP'));
      this.#stream.destroy();
      return;
    }
    for (const line of lines) this.#answer(line);
  }

  /** Greetings and events have no id and are passed over. */
  #answer(line: string): void {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return;
    }
    const parsed = v.safeParse(answerSchema, value);
    if (!parsed.success || parsed.output.id === undefined) return;
    const settle = this.#pending.get(parsed.output.id);
    this.#pending.delete(parsed.output.id);
    const { error } = parsed.output;
    settle?.(error === undefined ? null : new GuestError('GUEST_CANNOT', `QEMU: ${error.desc}`));
  }
}
