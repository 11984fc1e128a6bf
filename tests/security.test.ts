// SECURITY.md names tests for what it promises: they are there, under those names.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(join(root, 'SECURITY.md'), 'utf8');

/** Files, each with the names in quotation marks that follow it. */
const claims = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && line.includes('`'))
  .flatMap((line) => {
    const heldBy = line.split(' | ')[1] ?? '';
    return heldBy.split(';').map((part) => ({
      file: /`([^`]+)`/.exec(part)?.[1] ?? '',
      names: [...part.matchAll(/"([^"]+)"/g)].map((match) => match[1]!),
    }));
  });

test('there are promises', () => {
  expect(claims.length).toBeGreaterThan(20);
});

test.each(claims)('$file', ({ file, names }) => {
  expect(existsSync(join(root, file))).toBe(true);
  const text = readFileSync(join(root, file), 'utf8');
  for (const name of names) expect(text).toContain(`'${name}'`);
});
