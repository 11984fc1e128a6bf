// A kernel's modules and the order they load in. What a module needs stands in the module itself
// (.modinfo: depends=, softdep=, alias=), so that no depmod has to be on the host.

import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { GuestError } from '../errors.ts';
import { needProgram } from '../needs.ts';
import { runProgram } from '../processes.ts';

/** A module, ready to be put into a guest. */
export interface KernelModule {
  /** As modules name each other: underscores, no suffix. */
  readonly name: string;
  /** Unpacked: guests' insmod unpacks nothing. */
  readonly bytes: Buffer;
  readonly depends: readonly string[];
  readonly aliases: readonly string[];
}

/**
 * The wanted modules and all they depend on, each after what it depends on. What is built into the
 * kernel is left out. Throws GuestError GUEST_KERNEL where a module is nowhere.
 */
export async function modulesInOrder(
  folder: string,
  wanted: readonly string[],
): Promise<KernelModule[]> {
  const files = await moduleFiles(folder);
  const builtIn = await builtInModules(folder);
  const ordered = new Map<string, KernelModule>();
  const underWay = new Set<string>();
  const visit = async (name: string, isNeeded: boolean): Promise<void> => {
    if (ordered.has(name) || builtIn.has(name) || underWay.has(name)) return;
    const path = files.get(name);
    if (path === undefined) {
      if (!isNeeded) return;
      throw new GuestError('GUEST_KERNEL', `${folder} has no module ${name}`);
    }
    underWay.add(name);
    const bytes = await moduleBytes(path);
    const info = moduleInfo(bytes);
    for (const before of info.depends) await visit(before, true);
    for (const before of info.softBefore) await visit(before, false);
    ordered.set(name, { name, bytes, depends: info.depends, aliases: info.aliases });
  };
  for (const name of wanted) await visit(moduleName(name), true);
  return [...ordered.values()];
}

/** What a module says of itself. */
export function moduleInfo(bytes: Buffer): {
  readonly depends: readonly string[];
  readonly softBefore: readonly string[];
  readonly aliases: readonly string[];
} {
  const values = (key: string): string[] => valuesOf(bytes, key);
  const before = values('softdep').map((value) => /pre: (.*?)(?= post:|$)/.exec(value)?.[1] ?? '');
  return {
    depends: words(values('depends'), ','),
    softBefore: words(before, ' ').map(moduleName),
    aliases: values('alias'),
  };
}

/** Every `key=value` of .modinfo: strings with a zero byte on both sides. */
function valuesOf(bytes: Buffer, key: string): string[] {
  const values: string[] = [];
  const start = `\0${key}=`;
  for (let at = bytes.indexOf(start); at >= 0; at = bytes.indexOf(start, at + 1)) {
    const end = bytes.indexOf(0, at + start.length);
    if (end < 0) break;
    values.push(bytes.toString('latin1', at + start.length, end));
  }
  return values;
}

function words(values: readonly string[], separator: string): string[] {
  return values.flatMap((value) => value.split(separator)).filter((word) => word !== '');
}

async function moduleFiles(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !/\.ko(\.xz|\.zst)?$/.test(entry.name)) continue;
    found.set(moduleName(entry.name), join(entry.parentPath ?? entry.path, entry.name));
  }
  return found;
}

async function builtInModules(folder: string): Promise<Set<string>> {
  const text = await readFile(join(folder, 'modules.builtin'), 'utf8').catch(() => '');
  const paths = text.split('\n').filter((line) => line !== '');
  return new Set(paths.map((path) => moduleName(basename(path))));
}

async function moduleBytes(path: string): Promise<Buffer> {
  const packed = await readFile(path);
  if (path.endsWith('.ko')) return packed;
  const program = path.endsWith('.xz') ? 'xz' : 'zstd';
  const { status, stdout, stderr } = await runProgram(needProgram(program), ['-dc'], {
    input: packed,
  });
  if (status === 0) return stdout;
  throw new GuestError('GUEST_KERNEL', `${program} does not unpack ${path}: ${stderr.trim()}`);
}

function moduleName(file: string): string {
  return file.replace(/\.ko(\.xz|\.zst)?$/, '').replaceAll('-', '_');
}
