// One command under way: its output so far, and its one end, whichever comes first.

import { StringDecoder } from 'node:string_decoder';
import type { CommandResult, RunOptions } from '../contract.ts';
import { GuestError } from '../errors.ts';
import type { CommandWatcher } from './channel.ts';

/** Most output of one command; more would be held in this process's memory. */
export const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

export class Command implements CommandWatcher {
  readonly result: Promise<CommandResult>;
  readonly #onLine: ((line: string) => void) | undefined;
  readonly #chunks: Buffer[] = [];
  readonly #decoder = new StringDecoder('utf8');
  #bytes = 0;
  #line = '';
  #isSettled = false;
  #resolve: (result: CommandResult) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  /** Called once the guest has told the process, which leads its process group. */
  whenStarted: (pid: number) => void = () => {};

  constructor(options: RunOptions) {
    this.#onLine = options.onLine;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  started(pid: number): void {
    this.whenStarted(pid);
  }

  output(bytes: Buffer): void {
    if (this.#isSettled) return;
    this.#bytes += bytes.length;
    if (this.#bytes > OUTPUT_BYTES_MAX) {
      this.fail(
        new GuestError(
          'GUEST_LIMIT',
          `a command wrote more than ${OUTPUT_BYTES_MAX} bytes; write it to a disk of the guest`,
        ),
      );
      return;
    }
    this.#chunks.push(bytes);
    if (this.#onLine !== undefined) this.#tellLines(this.#decoder.write(bytes));
  }

  ended(status: number): void {
    if (this.#isSettled) return;
    if (this.#onLine !== undefined) {
      this.#tellLines(this.#decoder.end());
      if (this.#line !== '') this.#tellLines('\n');
    }
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#resolve({ status, output: Buffer.concat(this.#chunks).toString('utf8') });
  }

  fail(error: unknown): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#reject(error);
  }

  /** The user's function may throw: that is the command's failure, not the channel's. */
  #tellLines(text: string): void {
    const lines = (this.#line + text).split('\n');
    this.#line = lines.pop() ?? '';
    try {
      for (const line of lines) this.#onLine?.(line);
    } catch (error) {
      this.fail(error);
    }
  }
}
