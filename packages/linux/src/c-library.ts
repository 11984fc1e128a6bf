// The C library, called through koffi: Node has no mmap, no epoll and no flock. Pointers travel as
// plain numbers (user addresses are below 2^47), so that a call allocates nothing.

import koffi from 'koffi';
import { LinuxError } from './errors.ts';

function load(): ReturnType<typeof koffi.load> {
  if (process.platform !== 'linux') {
    throw new LinuxError(
      'LINUX_UNSUPPORTED',
      `lending needs Linux (memory that outlives its process is in tmpfs); this is ${process.platform}`,
    );
  }
  const names = ['libc.so.6', `libc.musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`];
  for (const name of names) {
    try {
      return koffi.load(name);
    } catch {
      // The other C library, then.
    }
  }
  throw new LinuxError('LINUX_UNSUPPORTED', `no C library could be loaded (${names.join(', ')})`);
}

const library = load();

/** Declares a function of the C library by its prototype. */
export function cFunction<F>(prototype: string): F {
  return library.func(prototype) as unknown as F;
}

/** The errno of this thread's last call. */
export function lastErrno(): number {
  return koffi.errno();
}
