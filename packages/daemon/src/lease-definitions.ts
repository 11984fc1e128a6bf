// What a lease is, kept beside its socket as STATE_DIR/leases/NAME.json, so that it outlives the
// daemon. Written whole or not at all: to another name, to the disk, and then renamed.

import { randomBytes, randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { DaemonError, reasonOf } from './errors.ts';
import { LEASE_BYTES_MAX, sizeText } from './sizes.ts';
import { SOCKET_PATH_BYTES_MAX } from './state-dir.ts';

export interface LeaseDefinition {
  /** Names the lease's pages in the pool; another one for each lease that is made. */
  readonly id: string;
  readonly name: string;
  /** Virtual size. */
  readonly bytes: number;
  readonly limitBytes: number | null;
  /** What a guest must know to reach the lease over a network: the export is NAME/KEY. */
  readonly key: string;
  readonly createdAt: string;
}

const SCHEMA = 'pagelend.lease-definition/1';
const SUFFIX = '.json';
const KEY_BYTES = 16;
const PAGE_BYTES = 4096;

const definitionFile = v.strictObject({
  schema: v.literal(SCHEMA),
  id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9-]{1,64}$/)),
  name: v.string(),
  bytes: v.pipe(v.number(), v.safeInteger(), v.minValue(PAGE_BYTES), v.multipleOf(PAGE_BYTES)),
  limitBytes: v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  key: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{16,64}$/)),
  createdAt: v.string(),
});

export function checkLeaseName(name: string): void {
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/.test(name)) return;
  throw new DaemonError(
    'DAEMON_LEASE_NAME',
    `'${name}': not a name of a lease; expected 1 to 64 letters, digits, dots, hyphens and ` +
      'underscores, the first of them no dot or hyphen',
  );
}

export function checkLeaseBytes(bytes: number): void {
  if (Number.isSafeInteger(bytes) && bytes >= PAGE_BYTES && bytes <= LEASE_BYTES_MAX) {
    if (bytes % PAGE_BYTES === 0) return;
    const nearest = Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
    throw new DaemonError(
      'DAEMON_LEASE_SIZE',
      `a size of ${bytes} bytes is no multiple of ${PAGE_BYTES}; the next one is ${nearest}`,
    );
  }
  throw new DaemonError(
    'DAEMON_LEASE_SIZE',
    `a size of ${bytes} bytes is not between ${PAGE_BYTES} and ${LEASE_BYTES_MAX}; take one that is`,
  );
}

/** A new lease's definition; nothing is written yet. */
export function newDefinition(
  name: string,
  bytes: number,
  limitBytes: number | null,
): LeaseDefinition {
  checkLeaseName(name);
  checkLeaseBytes(bytes);
  const key = randomBytes(KEY_BYTES).toString('base64url');
  return { id: randomUUID(), name, bytes, limitBytes, key, createdAt: new Date().toISOString() };
}

/** The definitions in a folder, by name; all that is there is read when it is opened. */
export class LeaseDefinitions {
  readonly #folder: string;
  readonly #byName = new Map<string, LeaseDefinition>();

  constructor(folder: string) {
    this.#folder = folder;
    for (const file of readdirSync(folder).sort()) {
      if (file.startsWith('.')) {
        // What a daemon left that was killed while it wrote; the definition of before still stands.
        if (file.endsWith(SUFFIX)) rmSync(join(folder, file), { force: true });
      } else if (file.endsWith(SUFFIX)) {
        const definition = readDefinition(folder, file);
        this.#byName.set(definition.name, definition);
      }
    }
  }

  all(): LeaseDefinition[] {
    return [...this.#byName.values()];
  }

  get(name: string): LeaseDefinition | undefined {
    return this.#byName.get(name);
  }

  /** Where the lease's socket is. Throws where the path is too long for one. */
  socketPath(name: string): string {
    const path = join(this.#folder, `${name}.sock`);
    const bytes = Buffer.byteLength(path);
    if (bytes <= SOCKET_PATH_BYTES_MAX) return path;
    throw new DaemonError(
      'DAEMON_LEASE_NAME',
      `${path}: the path of a socket has at most ${SOCKET_PATH_BYTES_MAX} bytes and this one has ` +
        `${bytes}; take a shorter name or a shorter state directory`,
    );
  }

  /** Puts the definition on the disk, in place of the one of that name if there is one. */
  save(definition: LeaseDefinition): void {
    const { name } = definition;
    const partial = join(this.#folder, `.${name}${SUFFIX}`);
    const text = `${JSON.stringify({ schema: SCHEMA, ...definition }, null, 2)}\n`;
    try {
      writeFileSync(partial, text, { mode: 0o600, flush: true });
      renameSync(partial, join(this.#folder, `${name}${SUFFIX}`));
      syncFolder(this.#folder);
    } catch (error) {
      rmSync(partial, { force: true });
      throw new DaemonError(
        'DAEMON_LEASE_FILE',
        `${join(this.#folder, name)}${SUFFIX}: cannot be written: ${reasonOf(error)}`,
      );
    }
    this.#byName.set(name, definition);
  }

  remove(name: string): void {
    rmSync(join(this.#folder, `${name}${SUFFIX}`), { force: true });
    syncFolder(this.#folder);
    this.#byName.delete(name);
  }
}

function readDefinition(folder: string, file: string): LeaseDefinition {
  const path = join(folder, file);
  try {
    const { schema: _, ...definition } = v.parse(
      definitionFile,
      JSON.parse(readFileSync(path, 'utf8')),
    );
    checkLeaseName(definition.name);
    if (`${definition.name}${SUFFIX}` === file) return definition;
    throw new Error(`it is of a lease named ${definition.name}`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DaemonError(
      'DAEMON_LEASE_FILE',
      `${path}: not a lease's definition: ${why}; mend it, or move it away to give its pages up`,
    );
  }
}

/** A rename is on the disk once its folder is. */
function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** What differs between what was asked for and what is there; null where nothing does. */
export function sizeMismatch(definition: LeaseDefinition, bytes: number): DaemonError | null {
  if (definition.bytes === bytes) return null;
  const { name } = definition;
  return new DaemonError(
    'DAEMON_LEASE_MISMATCH',
    `lease ${name} is there with ${sizeText(definition.bytes)} and not ${sizeText(bytes)}; ask for ` +
      `${sizeText(definition.bytes)}, or change it with pagelend lease resize ${name}`,
  );
}
