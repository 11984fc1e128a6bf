// Shared libraries of the system other than the C library, by the name that the loader knows.

import koffi from 'koffi';
import { LinuxError } from './errors.ts';

export interface SharedLibrary {
  /** Declares a function by its C prototype; pointers as `intptr_t`, so that numbers pass. */
  func<F>(prototype: string): F;
}

/** Loads `soname` (as in libzstd.so.1), or says which Debian package has it. */
export function sharedLibrary(soname: string, debianPackage: string): SharedLibrary {
  try {
    const library = koffi.load(soname);
    return { func: <F>(prototype: string) => library.func(prototype) as unknown as F };
  } catch {
    throw new LinuxError(
      'LINUX_UNSUPPORTED',
      `${soname} is not on this machine; apt-get install -y ${debianPackage} installs it`,
    );
  }
}
