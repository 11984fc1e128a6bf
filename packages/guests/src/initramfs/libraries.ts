// The shared libraries that a program is linked with, by ldd of the host: with them it runs in a
// guest that has nothing else.

import { open } from 'node:fs/promises';
import { GuestError } from '../errors.ts';
import { runProgram } from '../processes.ts';

/** Paths of the libraries, and of the loader, that a program needs; none for other files. */
export async function librariesOf(path: string): Promise<string[]> {
  if (!(await isElf(path))) return [];
  const { status, stdout, stderr } = await runProgram('ldd', [path]);
  const text = stdout.toString();
  // ldd's words for a static program are its error as well.
  if (/not a dynamic executable|statically linked/.test(text + stderr)) return [];
  const missing = /^\s*(\S+) => not found/m.exec(text)?.[1];
  if (status !== 0 || missing !== undefined) {
    const why = missing === undefined ? stderr.trim() : `${missing} is not on this machine`;
    throw new GuestError('GUEST_CANNOT', `the libraries of ${path} cannot be told: ${why}`);
  }
  return [...text.matchAll(/(?:=>\s*|^\s*)(\/\S+) \(0x/gm)].map((match) => match[1]!);
}

async function isElf(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.readUInt32LE(0) === 0x464c457f;
  } finally {
    await file.close();
  }
}
