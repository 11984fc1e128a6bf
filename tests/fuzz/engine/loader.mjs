// Loads TypeScript by leaving its types out, and the project's own rooms with counters in them.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transformWithOxc } from 'vite';
import { instrument } from './instrument.mjs';

const ROOM = /\/packages\/[a-z]+\/(?:dist|src)\/.*\.[jt]s$/;
let next = 1;

export async function load(url, context, nextLoad) {
  const isTypeScript = url.startsWith('file:') && url.endsWith('.ts');
  const isRoom = url.startsWith('file:') && ROOM.test(url);
  if (!isTypeScript && !isRoom) return nextLoad(url, context);
  const path = fileURLToPath(url);
  let source = await readFile(path, 'utf8');
  if (isTypeScript) ({ code: source } = await transformWithOxc(source, path, { sourcemap: false }));
  if (isRoom) {
    const done = instrument(source, path.replace(/\.ts$/, '.js'), next);
    next = done.next;
    source = done.code;
  }
  return { format: 'module', source, shortCircuit: true };
}
