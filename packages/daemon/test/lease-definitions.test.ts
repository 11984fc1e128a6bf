// Definitions on the disk: whole or not at all, and read as they were written.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { LeaseDefinitions, newDefinition } from '../src/lease-definitions.ts';
import { temporaryFolder } from './folder.ts';

const root = temporaryFolder();
let folder = '';
let folders = 0;

beforeEach(() => {
  folder = join(root, String(folders++));
  mkdirSync(folder);
});

describe('definitions', () => {
  test('are found again', () => {
    const definitions = new LeaseDefinitions(folder);
    const web = newDefinition('web', 8192, 4096);
    definitions.save(web);
    definitions.save({ ...web, limitBytes: null });
    definitions.save(newDefinition('db.1', 4096, null));
    definitions.remove('db.1');
    expect(new LeaseDefinitions(folder).all()).toEqual([{ ...web, limitBytes: null }]);
    expect(readdirSync(folder)).toEqual(['web.json']);
  });

  test('that were half written are not taken up, and cleared away', () => {
    writeFileSync(join(folder, '.web.json'), '{"schema": "pagel');
    expect(new LeaseDefinitions(folder).all()).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    ['not JSON', '{', /web\.json: not a lease's definition: .*; mend it, or move it away/],
    ['another schema', '{"schema": "pagelend.lease-definition/2"}', /not a lease's definition/],
    ['another name', JSON.stringify({ ...stored(), name: 'db' }), /it is of a lease named db/],
    ['an odd size', JSON.stringify({ ...stored(), bytes: 4097 }), /not a lease's definition/],
  ])('%s is refused and left as it is', (_, text, says) => {
    writeFileSync(join(folder, 'web.json'), text);
    expect(() => new LeaseDefinitions(folder)).toThrow(says);
    expect(readdirSync(folder)).toEqual(['web.json']);
  });

  test('have ids and keys that nobody guesses', () => {
    const [a, b] = [newDefinition('a', 4096, null), newDefinition('a', 4096, null)];
    expect(a.id).not.toBe(b.id);
    expect(a.key).not.toBe(b.key);
    expect(Buffer.from(a.key, 'base64url')).toHaveLength(16);
  });
});

describe('names', () => {
  test.each(['a', 'web-1', 'A_b.c', '1', '_', 'x'.repeat(64)])('%s', (name) => {
    expect(newDefinition(name, 4096, null).name).toBe(name);
  });

  test.each(['', '.', '..', '.a', '-a', 'a/b', 'a b', 'ä', 'x'.repeat(65), 'a\n', 'a,b', 'a=b'])(
    'not %j',
    (name) => {
      expect(() => newDefinition(name, 4096, null)).toThrow(/not a name of a lease/);
    },
  );

  test('whose socket would have too long a path are refused with the path', () => {
    const deep = join(folder, 'd'.repeat(90));
    mkdirSync(deep);
    expect(() => new LeaseDefinitions(deep).socketPath('web')).toThrow(
      /web\.sock: the path of a socket has at most 107 bytes/,
    );
  });
});

test.each([0, -4096, 1, 4095, 4097, 2 ** 60, Number.NaN])('no size of %d', (bytes) => {
  expect(() => newDefinition('a', bytes, null)).toThrow(/a size of/);
});

function stored(): object {
  return { schema: 'pagelend.lease-definition/1', ...newDefinition('web', 8192, null) };
}
