// What a guest needs on the host, and how it is said.

import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cachedFolder, cacheFolder } from '../src/cache.ts';
import { librariesOf } from '../src/initramfs/libraries.ts';
import { findProgram, installLine, needPrograms } from '../src/needs.ts';

describe('needs', () => {
  it('names all packages in one line, each once', () => {
    expect(installLine(['busybox', 'qemu-storage-daemon', 'linux.uml', 'busybox'])).toBe(
      'apt-get install -y --no-install-recommends busybox-static qemu-utils user-mode-linux',
    );
  });

  it('says what is missing and how to get it', () => {
    const path = process.env.PATH;
    process.env.PATH = '/nowhere';
    try {
      expect(() => needPrograms(['busybox', 'linux.uml'])).toThrow(
        'not installed: busybox, linux.uml; this installs it: ' +
          'apt-get install -y --no-install-recommends busybox-static user-mode-linux',
      );
    } finally {
      process.env.PATH = path;
    }
  });
});

describe('librariesOf', () => {
  it("names a program's libraries and its loader, and none of a script", async () => {
    const libraries = await librariesOf(process.execPath);
    expect(libraries.some((path) => /\/libc\.so/.test(path))).toBe(true);
    expect(libraries.some((path) => /\/ld-linux/.test(path))).toBe(true);
    expect(libraries.every((path) => existsSync(path))).toBe(true);
    expect(await librariesOf(import.meta.filename)).toEqual([]);
  });

  it.skipIf(findProgram('busybox') === null)(
    'names none of a static program [skipped where busybox is absent]',
    async () => {
      expect(await librariesOf(findProgram('busybox')!)).toEqual([]);
    },
  );
});

describe('cachedFolder', () => {
  const before = process.env.XDG_CACHE_HOME;
  let folder = '';

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pagelend-cache-'));
    process.env.XDG_CACHE_HOME = folder;
  });

  afterEach(async () => {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
    await rm(folder, { recursive: true, force: true });
  });

  it('is filled once, and never seen half-made', async () => {
    let fills = 0;
    const fill = async (aside: string): Promise<void> => {
      fills++;
      expect(existsSync(join(cacheFolder(), 'thing'))).toBe(false);
      await writeFile(join(aside, 'file'), 'whole');
    };
    const path = await cachedFolder('thing', fill);
    expect(await cachedFolder('thing', fill)).toBe(path);
    expect(fills).toBe(1);
  });

  it('leaves one of two that are made at once, and nothing beside it', async () => {
    const fill = (aside: string): Promise<void> => writeFile(join(aside, 'file'), 'whole');
    const paths = await Promise.all([cachedFolder('thing', fill), cachedFolder('thing', fill)]);
    expect(paths[0]).toBe(paths[1]);
    expect(await readdir(cacheFolder())).toEqual(['thing']);
    expect(await readdir(paths[0]!)).toEqual(['file']);
  });

  it('leaves nothing where it could not be made', async () => {
    const fill = (): Promise<void> => Promise.reject(new Error('no network'));
    await expect(cachedFolder('thing', fill)).rejects.toThrow('no network');
    expect(await readdir(cacheFolder())).toEqual([]);
  });
});
