// The identity by which a pool and its tier know each other, and the secret of encrypted records.
// They stand in the pool's directory, so they go with the pool when the host's memory does.

import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { POOL_ID_BYTES, SECRET_BYTES } from '@pagelend/tier';
import { StoreError } from '../errors.ts';
import { openOwn } from '../pool-files.ts';

const FILE = 'tier';
const MAGIC = 'pagelend tier id';
const ID_AT = 16;
const SECRET_AT = ID_AT + POOL_ID_BYTES;
const FILE_BYTES = SECRET_AT + SECRET_BYTES;

export interface Identity {
  readonly poolId: Uint8Array;
  readonly secret: Uint8Array;
}

/** The pool's identity, made where there is none; a pool that names pages behind must have one. */
export function identityIn(directory: string, namesPages: boolean): Identity {
  const path = join(directory, FILE);
  const isThere = existsSync(path);
  const fd = openOwn(path);
  try {
    const found = isThere ? readIdentity(fd) : null;
    if (found !== null) return found;
    if (namesPages) {
      throw new StoreError(
        'STORE_DAMAGED',
        `${path} is no identity of a pool, and the pool names pages in a tier; nothing was changed: restore that file`,
      );
    }
    const bytes = Buffer.alloc(FILE_BYTES);
    bytes.write(MAGIC, 'latin1');
    randomBytes(POOL_ID_BYTES + SECRET_BYTES).copy(bytes, ID_AT);
    writeSync(fd, bytes, 0, FILE_BYTES, 0);
    return partsOf(bytes);
  } finally {
    closeSync(fd);
  }
}

/** The identity that is there, for those who change nothing; null where there is none. */
export function findIdentity(directory: string): Identity | null {
  const path = join(directory, FILE);
  if (!existsSync(path)) return null;
  const fd = openSync(path, 'r');
  try {
    return readIdentity(fd);
  } finally {
    closeSync(fd);
  }
}

function readIdentity(fd: number): Identity | null {
  if (fstatSync(fd).size !== FILE_BYTES) return null;
  const bytes = Buffer.alloc(FILE_BYTES);
  readSync(fd, bytes, 0, FILE_BYTES, 0);
  return bytes.toString('latin1', 0, MAGIC.length) === MAGIC ? partsOf(bytes) : null;
}

function partsOf(bytes: Buffer): Identity {
  return {
    poolId: bytes.subarray(ID_AT, SECRET_AT),
    secret: bytes.subarray(SECRET_AT, FILE_BYTES),
  };
}
