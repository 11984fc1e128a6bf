// The program that `npm start` records: diff over a real text and an edited copy of it. diff is on
// every Linux machine, the text comes with the TypeScript compiler that the build needs, and the run
// takes some twenty seconds under Valgrind. It reads both files side by side, keeps tables that it writes often,
// and touches more memory than it needs at once: there is something to choose.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, root } from './setup.mjs';

const LINES = 12_000;

/** The command, a function that makes its input in a folder, and what to say of it. */
export function recordedProgram() {
  return {
    command: ['diff', 'old.txt', 'new.txt'],
    input: (folder) => {
      const old = text();
      // Every 13th line is gone and something new follows every 17th.
      const edited = old.flatMap((line, i) => [
        ...((i + 1) % 13 === 0 ? [] : [line]),
        ...((i + 1) % 17 === 0 ? [line.split(/\s+/).toReversed().join(' ')] : []),
      ]);
      writeFileSync(join(folder, 'old.txt'), `${old.join('\n')}\n`);
      writeFileSync(join(folder, 'new.txt'), `${edited.join('\n')}\n`);
    },
    says: `diff over ${LINES.toLocaleString('en')} lines of real text and an edited copy (some 20 seconds)`,
  };
}

/** The first lines of the declarations of the browser's interfaces. */
function text() {
  const scope = join(root, 'node_modules/@typescript');
  const holder = readdirSync(scope).find((name) => name.startsWith('typescript-'));
  if (holder === undefined) fail('the TypeScript compiler is not installed; run npm ci');
  return readFileSync(join(scope, holder, 'lib/lib.dom.d.ts'), 'utf8')
    .split('\n')
    .slice(0, LINES);
}
