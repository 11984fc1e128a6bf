// A guest's whole system as one archive: busybox, the modules its kernel needs, and the files that
// the user adds. Built anew for every guest, in some ten milliseconds.

import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { GuestError, reasonOf } from '../errors.ts';
import { type KernelModule, modulesInOrder } from '../kernel/modules.ts';
import { needProgram } from '../needs.ts';
import { runProgram } from '../processes.ts';
import { librariesOf } from './libraries.ts';
import { type ArchiveEntry, newcArchive } from './newc.ts';
import { type InitPlan, initScript, serveChannelScript } from './scripts.ts';

export interface InitramfsPlan extends Omit<InitPlan, 'moduleFiles'> {
  /** The kernel's folder of modules, named by its release. */
  readonly modulesFolder: string;
  readonly modules: readonly string[];
  /** Path in the guest to path on the host. */
  readonly files: Readonly<Record<string, string>>;
}

/** Builds the archive into the file `path`. */
export async function buildInitramfs(path: string, plan: InitramfsPlan): Promise<void> {
  const release = basename(plan.modulesFolder);
  const modules = await modulesInOrder(plan.modulesFolder, plan.modules);
  const tree = new Tree();
  for (const folder of ['dev', 'proc', 'sys', 'tmp', 'run', 'root', 'mnt', 'etc', 'usr/bin']) {
    tree.addFolder(folder);
  }
  // Without it the first process has no output until it has mounted /dev.
  tree.add({ kind: 'device', path: 'dev/console', major: 5, minor: 1 });
  await addBusybox(tree);
  addModules(tree, release, modules);
  const moduleFiles = modules.map((module) => `${release}/${module.name}.ko`);
  tree.addFile('init', Buffer.from(initScript({ ...plan, moduleFiles })), true);
  tree.addFile('sbin/serve-channel', Buffer.from(serveChannelScript), true);
  for (const [inGuest, onHost] of Object.entries(plan.files)) {
    await addHostFile(tree, inGuest, onHost);
  }
  await writeFile(path, newcArchive(tree.entries()));
}

async function addBusybox(tree: Tree): Promise<void> {
  const busybox = needProgram('busybox');
  if ((await librariesOf(busybox)).length > 0) {
    throw new GuestError(
      'GUEST_CANNOT',
      `${busybox} is not static; apt-get install -y --no-install-recommends busybox-static`,
    );
  }
  tree.addFile('bin/busybox', await readFile(busybox), true);
  const { stdout } = await runProgram(busybox, ['--list']);
  for (const applet of stdout.toString().split('\n')) {
    if (applet === '' || applet === 'busybox') continue;
    tree.add({ kind: 'link', path: `bin/${applet}`, target: 'busybox' });
  }
  // Where the kernel looks for it when it asks for a module itself.
  tree.add({ kind: 'link', path: 'sbin/modprobe', target: '../bin/busybox' });
}

/** The modules, with the two lists by which modprobe finds one that was removed again. */
function addModules(tree: Tree, release: string, modules: readonly KernelModule[]): void {
  const folder = `lib/modules/${release}`;
  const files = new Set(modules.map((module) => module.name));
  const dependencies: string[] = [];
  const aliases: string[] = [];
  for (const { name, bytes, depends, aliases: names } of modules) {
    tree.addFile(`${folder}/${name}.ko`, bytes, false);
    const before = depends.filter((other) => files.has(other)).map((other) => `${other}.ko`);
    dependencies.push(`${[`${name}.ko:`, ...before].join(' ')}\n`);
    aliases.push(...names.map((alias) => `alias ${alias} ${name}\n`));
  }
  tree.addFile(`${folder}/modules.dep`, Buffer.from(dependencies.join('')), false);
  tree.addFile(`${folder}/modules.alias`, Buffer.from(aliases.join('')), false);
}

async function addHostFile(tree: Tree, inGuest: string, onHost: string): Promise<void> {
  try {
    const { mode } = await stat(onHost);
    tree.addFile(inGuest.replace(/^\/+/, ''), await readFile(onHost), (mode & 0o111) !== 0);
  } catch (error) {
    if (error instanceof GuestError) throw error;
    throw new GuestError('GUEST_CANNOT', `${onHost} cannot be read: ${reasonOf(error)}`);
  }
  for (const library of await librariesOf(onHost)) {
    tree.addFile(library.slice(1), await readFile(library), true);
  }
}

/** Entries by path, each after the folders it lies in. */
class Tree {
  readonly #entries = new Map<string, ArchiveEntry>();

  entries(): ArchiveEntry[] {
    return [...this.#entries.values()];
  }

  add(entry: ArchiveEntry): void {
    this.addFolder(dirname(entry.path));
    this.#entries.set(entry.path, entry);
  }

  addFile(path: string, bytes: Buffer, canExecute: boolean): void {
    this.add({ kind: 'file', path, bytes, canExecute });
  }

  addFolder(path: string): void {
    if (path === '.' || this.#entries.has(path)) return;
    this.addFolder(dirname(path));
    this.#entries.set(path, { kind: 'folder', path });
  }
}
