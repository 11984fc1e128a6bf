// The token by which orders may come over HTTP. It is as good as the daemon's user as far as leases
// go, so it must not be short, nor lie about for everybody to read.

import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { MiddlewareHandler } from 'hono';
import { DaemonError, reasonOf } from '../errors.ts';
import type { ErrorJson } from './json.ts';

/** 128 bits in hexadecimal digits, which is what `openssl rand -hex 16` prints. */
const TOKEN_CHARACTERS_MIN = 32;
const TOKEN_CHARACTERS_MAX = 4096;

/** Reads the file's only line; throws DAEMON_TLS where it can't be a secret. */
export function readToken(path: string): string {
  let token: string;
  let mode: number;
  try {
    token = readFileSync(path, 'utf8').trim();
    mode = statSync(path).mode;
  } catch (error) {
    throw wrong(path, `cannot be read: ${reasonOf(error)}`);
  }
  if ((mode & 0o007) !== 0) throw wrong(path, 'can be read by all users; chmod 600 it');
  const isLong = token.length >= TOKEN_CHARACTERS_MIN && token.length <= TOKEN_CHARACTERS_MAX;
  if (isLong && /^[\x21-\x7e]+$/.test(token)) return token;
  throw wrong(
    path,
    `holds no token of at least ${TOKEN_CHARACTERS_MIN} printable characters in one line; make one ` +
      'with openssl rand -hex 32',
  );
}

/** Whether an Authorization header bears the token; takes no longer for one that is nearly right. */
export function bearsToken(header: string | undefined, token: string): boolean {
  const given = /^Bearer ([\x21-\x7e]+)$/i.exec(header ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(given), digest(token));
}

/** Lets only those pass to what comes after it who bear the token. */
export function needsToken(token: string): MiddlewareHandler {
  const error: ErrorJson['error'] = {
    code: 'DAEMON_REQUEST',
    message: 'this needs the header Authorization: Bearer TOKEN with the token of the daemon',
  };
  return async (context, next) => {
    if (bearsToken(context.req.header('authorization'), token)) return next();
    return context.json({ error }, 401, { 'www-authenticate': 'Bearer' });
  };
}

/** Of one length for texts of any. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function wrong(path: string, why: string): DaemonError {
  return new DaemonError('DAEMON_TLS', `${path}: ${why}`);
}
