// The small C programs that run inside guests, and the library that user-mode Linux needs on some
// processors. They are compiled where they are used, once per source: a compiled file kept in the
// repository could not be read by whoever is to trust it.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../cache.ts';
import { GuestError } from '../errors.ts';
import { findProgram } from '../needs.ts';
import { runProgram } from '../processes.ts';

/** Guests have no C library of their own, so that what runs in them brings it along. */
const inGuest = ['-static'];
const everywhere = ['-O2', '-std=c11', '-Wall', '-Wextra', '-Werror'];

/** What there is, and the flags each needs beside the common ones. */
const programs = {
  hog: inGuest,
  sample: inGuest,
  'nbd-keep': inGuest,
  'vector-check': [...inGuest, '-fno-tree-vectorize'],
  'uml-xsave': ['-shared', '-fPIC'],
} as const;

export type ProgramName = keyof typeof programs;
export const programNames = Object.keys(programs) as ProgramName[];

const sources = fileURLToPath(new URL('../../programs/', import.meta.url));

/**
 * The path of a program, compiled unless it was before. Throws GuestError GUEST_COMPILER_MISSING,
 * or GUEST_BUILD_FAILED with what the compiler said.
 */
export async function buildProgram(name: ProgramName): Promise<string> {
  const flags = [...everywhere, ...programs[name]];
  const source = join(sources, `${name}.c`);
  const key = createHash('sha256')
    .update(JSON.stringify([name, flags]))
    .update(await readFile(source))
    .digest('hex')
    .slice(0, 16);
  const folder = join(cacheFolder(), 'programs');
  const built = join(folder, `${name}-${key}${name === 'uml-xsave' ? '.so' : ''}`);
  if (existsSync(built)) return built;

  const gcc = findProgram('gcc');
  if (gcc === null) {
    throw new GuestError(
      'GUEST_COMPILER_MISSING',
      `${name}, a program for guests, is compiled here, and there is no gcc; ` +
        'this installs it: apt-get install -y --no-install-recommends gcc libc6-dev',
    );
  }
  // Compiled aside and renamed: whoever compiles the same at the same time makes the same file.
  await mkdir(folder, { recursive: true });
  const aside = `${built}.${process.pid}.${asideCount++}`;
  try {
    const { status, stderr } = await runProgram(gcc, [...flags, '-o', aside, source]);
    if (status !== 0) {
      throw new GuestError(
        'GUEST_BUILD_FAILED',
        `gcc does not compile ${name}.c: ${stderr.trim()}; its headers are Debian's libc6-dev`,
      );
    }
    await rename(aside, built);
  } finally {
    await rm(aside, { force: true });
  }
  return built;
}

let asideCount = 0;
