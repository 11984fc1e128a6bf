// The reference implementation, by FFI, where it is installed (Debian: liblzo2-2).

import koffi from 'koffi';

const PAGE_BYTES = 4096;
const WORK_BYTES = 524_288;

type Call = (
  source: Uint8Array,
  bytes: number,
  target: Uint8Array,
  targetBytes: Uint32Array,
  work: Uint8Array | null,
) => number;

export interface Liblzo2 {
  /** By function: lzo1x_1 and its variants, lzo1x_999. */
  readonly compressors: ReadonlyMap<string, (page: Uint8Array) => Uint8Array>;
  decompress(stream: Uint8Array): Uint8Array | null;
}

export function loadLiblzo2(): Liblzo2 | null {
  const library = open();
  if (library === null) return null;
  const declare = (name: string) =>
    library.func(
      `int ${name}(const void *s, size_t n, _Out_ void *t, _Inout_ size_t *m, void *w)`,
    ) as unknown as Call;
  const work = new Uint8Array(WORK_BYTES);
  const room = new Uint8Array(2 * PAGE_BYTES);
  // A size_t on a 64-bit machine, little end first.
  const length = new Uint32Array(2);
  const names = ['lzo1x_1', 'lzo1x_1_11', 'lzo1x_1_12', 'lzo1x_1_15', 'lzo1x_999'];
  const compressors = names.map((name) => {
    const compress = declare(`${name}_compress`);
    const run = (page: Uint8Array) => {
      length.set([room.length, 0]);
      if (compress(page, page.length, room, length, work) !== 0) throw new Error(`${name} failed`);
      return Uint8Array.from(room.subarray(0, length[0]));
    };
    return [name, run] as const;
  });
  const decompress = declare('lzo1x_decompress_safe');
  return {
    compressors: new Map(compressors),
    decompress: (stream) => {
      length.set([PAGE_BYTES, 0]);
      if (decompress(stream, stream.length, room, length, null) !== 0) return null;
      return length[0] === PAGE_BYTES ? Uint8Array.from(room.subarray(0, PAGE_BYTES)) : null;
    },
  };
}

function open(): ReturnType<typeof koffi.load> | null {
  try {
    return koffi.load('liblzo2.so.2');
  } catch {
    return null;
  }
}
