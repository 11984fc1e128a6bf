// What comes back on a command channel: marks with the command's nonce, and between them the
// command's output as it was. `serveChannelScript` is the other side.

/** A part of what a channel said. */
export type ChannelEvent =
  | { readonly kind: 'output'; readonly bytes: Buffer }
  | { readonly kind: 'pid'; readonly pid: number }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'ready' };

/** Longest mark behind a nonce: ` status 255` and its line's end, with room. */
const MARK_BYTES_MAX = 32;

/** Finds the marks of one command in what its channel says. */
export class ChannelReader {
  readonly #nonce: Buffer;
  #stage: 'before' | 'output' | 'after' | 'done' = 'before';
  #rest: Buffer = Buffer.alloc(0);

  constructor(nonce: string) {
    this.#nonce = Buffer.from(nonce);
  }

  /** What these bytes, with those kept back before, say. */
  read(chunk: Buffer): ChannelEvent[] {
    const events: ChannelEvent[] = [];
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#stage !== 'done') {
      const at = this.#rest.indexOf(this.#nonce);
      if (at < 0) {
        this.#take(this.#rest.length - this.#begunBytes(), events);
        break;
      }
      this.#take(at, events);
      const end = this.#rest.indexOf('\n');
      if (end < 0) break;
      this.#mark(this.#rest.toString('latin1', this.#nonce.length, Math.min(end, 128)), events);
      this.#rest = this.#rest.subarray(end + 1);
    }
    return events;
  }

  /** How many of the last bytes may be the beginning of a nonce. */
  #begunBytes(): number {
    let bytes = Math.min(this.#rest.length, this.#nonce.length - 1);
    while (
      bytes > 0 &&
      this.#rest.compare(this.#nonce, 0, bytes, this.#rest.length - bytes) !== 0
    ) {
      bytes--;
    }
    return bytes;
  }

  /** Lets go of the first bytes: output while there is a command, nobody's before and after. */
  #take(bytes: number, events: ChannelEvent[]): void {
    if (bytes <= 0) return;
    if (this.#stage === 'output') {
      events.push({ kind: 'output', bytes: this.#rest.subarray(0, bytes) });
    }
    this.#rest = this.#rest.subarray(bytes);
  }

  #mark(text: string, events: ChannelEvent[]): void {
    const [, word, value] = /^ (pid|status|ready) ?(\d*)\r?$/.exec(text) ?? [];
    if (text.length > MARK_BYTES_MAX || word === undefined) return;
    if (word === 'pid' && this.#stage === 'before') {
      this.#stage = 'output';
      events.push({ kind: 'pid', pid: Number(value) });
    } else if (word === 'status' && this.#stage === 'output') {
      this.#stage = 'after';
      events.push({ kind: 'status', status: Number(value) });
    } else if (word === 'ready' && this.#stage === 'after') {
      this.#stage = 'done';
      events.push({ kind: 'ready' });
    }
  }
}
