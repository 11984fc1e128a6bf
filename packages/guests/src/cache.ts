// What is fetched or unpacked once and used by every guest after. A folder appears under its name
// only when it is whole, by a rename, so that neither another process nor one that was killed
// half-way leaves a half-made one to be used.

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where guests' cached files lie. */
export function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME ?? '';
  return join(base === '' ? join(homedir(), '.cache') : base, 'pagelend', 'guests');
}

/** The path of the cached folder `name`; made by `fill`, in an empty folder, if it is not there. */
export async function cachedFolder(
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const path = join(cacheFolder(), name);
  if (existsSync(path)) return path;
  await mkdir(cacheFolder(), { recursive: true });
  const aside = await mkdtemp(join(cacheFolder(), `.${name}-`));
  try {
    await fill(aside);
    await rename(aside, path);
  } catch (error) {
    // Another process was first: what it made is as good.
    if (!existsSync(path)) throw error;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return path;
}
