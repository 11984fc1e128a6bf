// One command channel of a guest: a stream of bytes both ways, one command at a time.

import assert from 'node:assert';
import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { type ChannelEvent, ChannelReader } from './protocol.ts';

/** What the guest writes when a channel's server has started. */
const serving = 'serving\n';

/** What became of a command, told as it happens. */
export interface CommandWatcher {
  started(pid: number): void;
  output(bytes: Buffer): void;
  ended(status: number): void;
}

export class Channel {
  readonly #stream: Duplex;
  #reader: ChannelReader | null = null;
  #watcher: CommandWatcher | null = null;
  #whenReady: () => void;
  #greeting = '';
  /** Resolves when the guest first serves it. */
  readonly isServing: Promise<void>;

  constructor(stream: Duplex) {
    this.#stream = stream;
    this.#whenReady = () => {};
    this.isServing = new Promise((resolve) => {
      this.#whenReady = resolve;
    });
    stream.on('data', (chunk: Buffer) => this.#read(chunk));
    // A machine that is gone is noticed by its process's end, which says more.
    stream.on('error', () => {});
  }

  /**
   * Starts a command; resolves when the channel can take the next one, which is after
   * `watcher.ended`. Never settles where the guest ends first.
   */
  run(command: string, watcher: CommandWatcher): Promise<void> {
    assert(this.#reader === null, 'a channel runs one command at a time');
    const nonce = randomBytes(16).toString('hex');
    this.#reader = new ChannelReader(nonce);
    this.#watcher = watcher;
    const isReady = new Promise<void>((resolve) => {
      this.#whenReady = resolve;
    });
    this.#stream.write(`${nonce} ${Buffer.byteLength(command)}\n${command}`);
    return isReady;
  }

  close(): void {
    this.#stream.destroy();
  }

  #read(chunk: Buffer): void {
    if (this.#reader === null) {
      this.#greet(chunk);
      return;
    }
    for (const event of this.#reader.read(chunk)) this.#tell(event);
  }

  #greet(chunk: Buffer): void {
    // A terminal that is not raw yet says carriage returns, too.
    this.#greeting = (this.#greeting + chunk.toString('latin1')).replaceAll('\r', '').slice(-64);
    if (this.#greeting.endsWith(serving)) this.#whenReady();
  }

  #tell(event: ChannelEvent): void {
    const watcher = this.#watcher;
    assert(watcher !== null, 'a channel that reads has a watcher');
    if (event.kind === 'pid') watcher.started(event.pid);
    else if (event.kind === 'output') watcher.output(event.bytes);
    else if (event.kind === 'status') {
      this.#stream.write('\n');
      watcher.ended(event.status);
    } else {
      this.#reader = null;
      this.#watcher = null;
      this.#whenReady();
    }
  }
}
