// Memory for transfers past the page cache, which must begin at a page's address. The memory of
// WebAssembly does, and Node has no other that promises it.

const WASM_PAGE_BYTES = 65_536;

/** Zeroed memory of `bytes` that begins at a page; all threads may share it. */
export function ioMemory(bytes: number): Uint8Array<SharedArrayBuffer> {
  const pages = Math.ceil(bytes / WASM_PAGE_BYTES);
  const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  // The declarations of the web platform know no shared memory.
  return new Uint8Array(buffer as unknown as SharedArrayBuffer, 0, bytes);
}
