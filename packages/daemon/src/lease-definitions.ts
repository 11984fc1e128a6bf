// What a lease is, kept beside its socket as STATE_DIR/leases/NAME.json, so that it outlives the
// daemon. Written whole or not at all: to another name, to the disk, and then renamed.

import { randomBytes, randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
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
import { checkClients } from './tls/clients.ts';

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
  /**
   * Those who may use the lease over TCP, as tls/clients.ts has it, and nobody else; without it the
   * certificate whose common name is the lease's, and whoever knows the key.
   */
  readonly clients?: readonly string[];
  /** Its part of memory that is divided by `--share auto`; without it weight 1, no floor and no cap. */
  readonly share?: LeaseShare;
  /** There from the point of no return of a move to another lender on. */
  readonly transit?: Transit;
  /** The move by which the lease came, until the lender that it came from knows that it did. */
  readonly cameBy?: string;
}

/** What a lease is to have of memory that is short. */
export interface LeaseShare {
  /** What a gain of this lease counts beside one of others. */
  readonly weight: number;
  /** Memory that others do not take from it. */
  readonly floorBytes: number;
  /** Memory past which it gets none that others could use; null for none. */
  readonly capBytes: number | null;
}

export const SHARE_DEFAULT: LeaseShare = { weight: 1, floorBytes: 0, capBytes: null };
const WEIGHT_MAX = 1000;

/** Where a lease goes, or has gone. */
export interface Transit {
  /** `moving`: whether the other lender has taken it is not known here yet; nobody is served. */
  readonly phase: 'moving' | 'moved';
  readonly token: string;
  /** The other lender's admin socket. */
  readonly to: string;
  /** Which lender that is, whoever answers there later. */
  readonly lenderId: string;
  /** The lease's socket there, if clients of this machine can be led to it; null until it is known. */
  readonly socket: string | null;
}

const SCHEMA = 'pagelend.lease-definition/1';
export const SUFFIX = '.json';
/** An empty file named after a move by which a lease came that is gone again. */
export const CAME = '.came';
const KEY_BYTES = 16;
const PAGE_BYTES = 4096;

const tokenText = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{16,64}$/));
const definitionFile = v.strictObject({
  schema: v.literal(SCHEMA),
  id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9-]{1,64}$/)),
  name: v.string(),
  bytes: v.pipe(v.number(), v.safeInteger(), v.minValue(PAGE_BYTES), v.multipleOf(PAGE_BYTES)),
  limitBytes: v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  key: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{16,64}$/)),
  createdAt: v.string(),
  clients: v.exactOptional(v.array(v.string())),
  share: v.exactOptional(
    v.strictObject({
      weight: v.number(),
      floorBytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
      capBytes: v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
    }),
  ),
  transit: v.exactOptional(
    v.strictObject({
      phase: v.picklist(['moving', 'moved']),
      token: tokenText,
      to: v.string(),
      lenderId: v.string(),
      socket: v.nullable(v.string()),
    }),
  ),
  cameBy: v.exactOptional(tokenText),
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

export function checkLimit(bytes: number | null): void {
  if (bytes === null || (Number.isSafeInteger(bytes) && bytes >= 0)) return;
  throw new DaemonError('DAEMON_LEASE_SIZE', `a limit of ${bytes} bytes is none`);
}

/** A new lease's definition; nothing is written yet. */
export function newDefinition(
  name: string,
  bytes: number,
  limitBytes: number | null,
  key = newSecret(),
): LeaseDefinition {
  checkLeaseName(name);
  checkLeaseBytes(bytes);
  checkLimit(limitBytes);
  return { id: randomUUID(), name, bytes, limitBytes, key, createdAt: new Date().toISOString() };
}

/** The definition with these clients; null for the default. */
export function withClients(
  { clients: _, ...rest }: LeaseDefinition,
  clients: readonly string[] | null,
): LeaseDefinition {
  return clients === null ? rest : { ...rest, clients: checkClients(clients) };
}

export function checkShare({ weight, floorBytes, capBytes }: LeaseShare): void {
  if (!(weight > 0 && weight <= WEIGHT_MAX)) {
    throw new DaemonError(
      'DAEMON_LEASE_SHARE',
      `a weight of ${weight} is none; take 0.001 to 1000`,
    );
  }
  if (capBytes !== null && capBytes < floorBytes) {
    throw new DaemonError(
      'DAEMON_LEASE_SHARE',
      `a cap of ${capBytes} bytes is below the floor of ${floorBytes}; raise the one or lower the other`,
    );
  }
}

/** What nobody guesses. */
export function newSecret(): string {
  return randomBytes(KEY_BYTES).toString('base64url');
}

/** Whether the lease's pages are here. */
export function hasPages({ transit }: LeaseDefinition): boolean {
  return transit?.phase !== 'moved';
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
    this.#keepWord(name, definition);
    const partial = join(this.#folder, `.${name}${SUFFIX}`);
    const text = `${JSON.stringify({ schema: SCHEMA, ...definition }, null, 2)}\n`;
    let isInPlace = false;
    try {
      writeFileSync(partial, text, { mode: 0o600, flush: true });
      renameSync(partial, join(this.#folder, `${name}${SUFFIX}`));
      isInPlace = true;
      syncFolder(this.#folder);
    } catch (error) {
      rmSync(partial, { force: true });
      // Whoever made it takes it back now, and a start must not find it.
      if (isInPlace && !this.#byName.has(name)) {
        rmSync(join(this.#folder, `${name}${SUFFIX}`), { force: true });
      }
      throw new DaemonError(
        'DAEMON_LEASE_FILE',
        `${join(this.#folder, name)}${SUFFIX}: cannot be written: ${reasonOf(error)}`,
      );
    }
    this.#byName.set(name, definition);
  }

  /** Whether a lease has come by this move, also if it is gone again. */
  hasCome(token: string): boolean {
    const isHere = this.all().some(({ cameBy }) => cameBy === token);
    return isHere || existsSync(join(this.#folder, `${token}${CAME}`));
  }

  /**
   * Forgets a move, once the lender that the lease came from knows that it has come. Returns the
   * lease's definition without it, if the lease is still there.
   */
  forgetMove(token: string): LeaseDefinition | null {
    rmSync(join(this.#folder, `${token}${CAME}`), { force: true });
    const definition = this.all().find(({ cameBy }) => cameBy === token);
    if (definition === undefined) return null;
    const { cameBy: _, ...rest } = definition;
    this.#byName.set(rest.name, rest);
    this.save(rest);
    return rest;
  }

  /** A lease that goes before that is known leaves word: its old lender must not lend it again. */
  #keepWord(name: string, next: LeaseDefinition | null): void {
    const cameBy = this.#byName.get(name)?.cameBy;
    if (cameBy === undefined || cameBy === next?.cameBy) return;
    writeFileSync(join(this.#folder, `${cameBy}${CAME}`), '', { mode: 0o600, flush: true });
    syncFolder(this.#folder);
  }

  remove(name: string): void {
    this.#keepWord(name, null);
    rmSync(join(this.#folder, `${name}${SUFFIX}`), { force: true });
    syncFolder(this.#folder);
    this.#byName.delete(name);
  }
}

/** Throws DAEMON_LEASE_FILE where the file is no definition of the lease that it is named after. */
export function readDefinition(folder: string, file: string): LeaseDefinition {
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
export function syncFolder(folder: string): void {
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
