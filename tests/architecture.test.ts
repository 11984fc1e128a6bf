// The structure that ARCHITECTURE.md draws, held: which room may import which, and what a room
// may need from outside.

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Room to the rooms it may import. Arrows point down only. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  policies: [],
  trace: ['policies'],
  lab: ['policies', 'trace'],
  linux: [],
  codec: ['linux'],
  tier: ['linux'],
  store: ['codec', 'linux', 'policies', 'tier'],
  nbd: [],
  judge: ['policies'],
  daemon: ['linux', 'codec', 'policies', 'tier', 'store', 'nbd', 'judge'],
  guests: [],
  relocation: ['policies', 'trace', 'lab', 'daemon', 'guests'],
  cli: ['policies', 'trace', 'lab', 'daemon', 'relocation'],
};

/** Rooms that run in browsers as well: no module of Node, no package but such rooms. */
const pureRooms = ['policies', 'nbd', 'judge'];

const FILE_LINES_MAX = 400;

interface Import {
  readonly file: string;
  readonly specifier: string;
}

function sources(room: string): string[] {
  const folder = join(root, 'packages', room, 'src');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file));
}

function importsOf(room: string): Import[] {
  return sources(room).flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const found = text.matchAll(
      /^\s*(?:import|export)\b[^'"]*?from\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm,
    );
    return [...found].map((match) => ({
      file: relative(root, file),
      specifier: (match[1] ?? match[2])!,
    }));
  });
}

test('every workspace is a room of the picture', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const rooms = manifest.workspaces.map((path: string) => path.replace('packages/', ''));
  expect(rooms.sort()).toEqual(Object.keys(mayImport).sort());
});

describe.each(Object.keys(mayImport))('%s', (room) => {
  const imports = importsOf(room);

  test('imports only rooms below it', () => {
    expect(imports.length).toBeGreaterThan(0);
    const allowed = mayImport[room]!.map((name) => `@pagelend/${name}`);
    const strays = imports.filter(
      ({ specifier }) => specifier.startsWith('@pagelend/') && !allowed.includes(specifier),
    );
    expect(strays).toEqual([]);
  });

  test('reaches no file outside its own src', () => {
    const strays = imports.filter(({ file, specifier }) => {
      if (!specifier.startsWith('.')) return false;
      const target = join(root, file, '..', specifier);
      return relative(join(root, 'packages', room, 'src'), target).startsWith('..');
    });
    expect(strays).toEqual([]);
  });

  test('declares every package that it imports', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'packages', room, 'package.json'), 'utf8'));
    const declared = Object.keys(manifest.dependencies ?? {});
    const strays = imports.filter(({ specifier }) => {
      if (specifier.startsWith('.') || specifier.startsWith('node:')) return false;
      const [scope, name] = specifier.split('/');
      return !declared.includes(specifier.startsWith('@') ? `${scope}/${name}` : scope!);
    });
    expect(strays).toEqual([]);
    // And the other way round: a room carries no package that it does not import.
    const unused = declared.filter(
      (name) =>
        !imports.some(({ specifier }) => specifier === name || specifier.startsWith(`${name}/`)),
    );
    expect(unused).toEqual([]);
  });

  test(`has no file past ${FILE_LINES_MAX} lines`, () => {
    const long = sources(room).filter(
      (file) => readFileSync(file, 'utf8').split('\n').length > FILE_LINES_MAX,
    );
    expect(long).toEqual([]);
  });
});

test.each(pureRooms)('%s needs nothing but the language', (room) => {
  const pure = ['.', ...pureRooms.map((name) => `@pagelend/${name}`)];
  const strays = importsOf(room).filter(
    ({ specifier }) => !pure.some((start) => specifier.startsWith(start)),
  );
  expect(strays).toEqual([]);
});

test('the lock names no download address', () => {
  expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toMatch(/https?:\/\/registry/);
});
