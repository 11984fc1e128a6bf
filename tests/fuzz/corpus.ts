// Inputs that are kept: finds of the fuzzer that go where seeds do not, pieces of real files, and every
// input that once broke something.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const corpusFolder = fileURLToPath(new URL('corpus', import.meta.url));

export interface KeptInput {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export function corpusOf(target: string): KeptInput[] {
  const folder = join(corpusFolder, target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name))) }));
}
