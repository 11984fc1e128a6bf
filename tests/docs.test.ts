// The committed reference pages are what the code's own tables say.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

const PRINT_PAGES =
  "import('./scripts/docs.mjs').then(({ renderPages }) => console.log(JSON.stringify([...renderPages()])))";

const pages: [path: string, content: string][] = JSON.parse(
  execFileSync(process.execPath, ['-e', PRINT_PAGES], { cwd: root, encoding: 'utf8' }),
);

test.each(pages)('%s is up to date (npm run docs)', (path, content) => {
  expect(readFileSync(join(root, path), 'utf8')).toBe(content);
});
