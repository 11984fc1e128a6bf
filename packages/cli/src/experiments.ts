// Where the repository keeps the papers' experiments and the recordings that come with it: beside the
// packages, from this file's folder upwards.

import { fileURLToPath } from 'node:url';

/** A file of the repository, by its path in it. */
export function repositoryFile(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}
