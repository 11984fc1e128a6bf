// Bodies of requests: read whole, bounded, and parsed once by a schema.

import type { Context } from 'hono';
import * as v from 'valibot';
import { DaemonError, reasonOf } from '../errors.ts';

/** No order is longer. */
const BODY_BYTES_MAX = 64 * 1024;

/** The body as the schema has it. */
export async function bodyOf<const S extends v.GenericSchema>(
  context: Context,
  schema: S,
): Promise<v.InferOutput<S>> {
  const text = (await bytesOf(context.req.raw, BODY_BYTES_MAX)).toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DaemonError('DAEMON_REQUEST', 'the body is not JSON; expected an object');
  }
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  const key = v.getDotPath(issue);
  const where = key === null ? 'the body' : `the body's ${key}`;
  throw new DaemonError('DAEMON_REQUEST', `${where}: ${issue.message}`);
}

/** The whole body, unless it is longer than it may be. */
export async function bytesOf({ body }: Request, bytesMax: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const part of (body ?? []) as AsyncIterable<Uint8Array>) {
      bytes += part.length;
      if (bytes > bytesMax) {
        throw new DaemonError('DAEMON_REQUEST', `a body has at most ${bytesMax} bytes`);
      }
      parts.push(part);
    }
  } catch (error) {
    if (error instanceof DaemonError) throw error;
    // Whoever sent it went away, which is no fault of the daemon's.
    throw new DaemonError('DAEMON_REQUEST', `the body was cut short: ${reasonOf(error)}`);
  }
  return Buffer.concat(parts);
}
