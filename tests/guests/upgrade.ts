// Another version of the command: this build, copied to another folder under another number.

import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './stage.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const VERSION = '0.1.0-copy';

let made: string | null = null;

/** Made once for the tests of a file. */
export function otherVersion(): { readonly command: string; readonly version: string } {
  made ??= copyBuild(temporaryFolder());
  return { command: made, version: VERSION };
}

/** Packages of others are linked, ours are copied: each of ours finds the copies. */
function copyBuild(folder: string): string {
  const modules = join(folder, 'node_modules');
  const ours = join(modules, '@pagelend');
  mkdirSync(ours, { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== '@pagelend') symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  for (const name of readdirSync(join(root, 'packages'))) {
    copyPackage(join(root, 'packages', name), join(folder, name));
    symlinkSync(join(folder, name), join(ours, name));
  }
  const file = join(folder, 'lab', 'dist', 'version.js');
  const code = readFileSync(file, 'utf8').replace(/VERSION = '[^']+'/, `VERSION = '${VERSION}'`);
  writeFileSync(file, code);
  return join(folder, 'cli', 'bin', 'pagelend.js');
}

function copyPackage(from: string, to: string): void {
  mkdirSync(to);
  for (const part of ['bin', 'dist']) {
    if (existsSync(join(from, part))) cpSync(join(from, part), join(to, part), { recursive: true });
  }
  const manifest = readFileSync(join(from, 'package.json'), 'utf8');
  const description = JSON.parse(manifest) as Record<string, unknown>;
  writeFileSync(join(to, 'package.json'), JSON.stringify({ ...description, version: VERSION }));
  // Versions of others' packages that differ from the common ones.
  const own = join(from, 'node_modules');
  if (existsSync(own)) symlinkSync(own, join(to, 'node_modules'));
}
