// What a decoder reads from: bytes in order, from memory, a stream or a file. A seekable source can
// also be read at any place, which lets a reader look at the trailer first and walk backwards.

export interface ByteSource {
  /** How errors call it. */
  readonly name: string;
  /** Length of a seekable source; null for a stream. */
  readonly sizeBytes: number | null;
  /** The next `bytes` bytes, or fewer if the source ends before. Valid until the next call. */
  read(bytes: number): Promise<Uint8Array>;
  /** Only for seekable sources: continues reading at `offset`. */
  seek(offset: number): void;
  close(): Promise<void>;
}

/** A source over bytes in memory. */
export function bytesSource(bytes: Uint8Array, name = '(memory)'): ByteSource {
  let at = 0;
  return {
    name,
    sizeBytes: bytes.length,
    async read(count) {
      const part = bytes.subarray(at, at + count);
      at += part.length;
      return part;
    },
    seek(offset) {
      at = offset;
    },
    async close() {},
  };
}

/** A source over chunks of any size, such as a pipe or a response body. */
export function chunksSource(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  name = '(stream)',
): ByteSource {
  const iterator =
    Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  let rest: Uint8Array = new Uint8Array(0);
  return {
    name,
    sizeBytes: null,
    async read(count) {
      if (rest.length < count) {
        const parts = [rest];
        let have = rest.length;
        while (have < count) {
          const next = await iterator.next();
          if (next.done === true) break;
          parts.push(next.value);
          have += next.value.length;
        }
        rest = concat(parts, have);
      }
      const part = rest.subarray(0, count);
      rest = rest.subarray(part.length);
      return part;
    },
    seek() {
      throw new Error('a stream cannot be read at another place');
    },
    async close() {
      await iterator.return?.();
    },
  };
}

function concat(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
