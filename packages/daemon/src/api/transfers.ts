// Routes for leases that leave and come: saved, moved, taken in. On the admin socket alone.

import type { Context, Hono } from 'hono';
import * as v from 'valibot';
import { codeOf, DaemonError } from '../errors.ts';
import type { MoveEvent } from '../transfers/move-events.ts';
import { saveLease } from '../transfers/save.ts';
import { bodyOf, bytesOf } from './body.ts';
import type { DaemonFacts } from './facts.ts';
import { leaseJson } from './json.ts';

/** A chunk of pages at its longest is half of this. */
const CHUNK_BYTES_MAX = 8 * 2 ** 20;
const PAUSE_S_DEFAULT = 60;
const PAUSE_S_MAX = 86_400;

const bytes = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const newIncoming = v.strictObject({
  name: v.string(),
  size: bytes,
  limit_bytes: v.nullable(bytes),
  key: v.optional(v.nullable(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{16,64}$/)))),
  clients: v.optional(v.nullable(v.array(v.string()))),
  share: v.optional(
    v.strictObject({ weight: v.number(), floor_bytes: bytes, cap_bytes: v.nullable(bytes) }),
  ),
});
const seal = v.strictObject({
  pages: bytes,
  digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
});
const commit = v.strictObject({ lender_id: v.optional(v.string()) });
const move = v.strictObject({ to: v.pipe(v.string(), v.startsWith('/')) });

export function addTransfers(app: Hono, facts: DaemonFacts): void {
  addSave(app, facts);
  addMoves(app, facts);
  addIncoming(app, facts);
}

function addSave(app: Hono, { lender, transfers }: DaemonFacts): void {
  app.get('/v1/leases/:name/file', async (context) => {
    if (context.req.raw.method !== 'GET') {
      // A HEAD would hold the lease for a stream that nobody reads and nobody closes.
      throw new DaemonError('DAEMON_REQUEST', `${context.req.raw.method}: expected GET`);
    }
    const seconds = Number(context.req.query('pause_seconds') ?? PAUSE_S_DEFAULT);
    if (!(seconds > 0 && seconds <= PAUSE_S_MAX)) {
      throw new DaemonError('DAEMON_REQUEST', `pause_seconds: expected 1 to ${PAUSE_S_MAX}`);
    }
    const entry = lender.entry(context.req.param('name'));
    const file = await saveLease(transfers.parts, entry, seconds * 1000);
    return context.body(file, 200, { 'content-type': 'application/octet-stream' });
  });
}

function addMoves(app: Hono, { transfers: { moves } }: DaemonFacts): void {
  app.post('/v1/leases/:name/move', async (context) => {
    const { to } = await bodyOf(context, move);
    const found = moves.begin(context.req.param('name'), to);
    const lines = new TextEncoder();
    let forget = (): void => {};
    let isRead = true;
    const events = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const tell = (event: MoveEvent): void =>
          controller.enqueue(lines.encode(`${JSON.stringify(event)}\n`));
        forget = found.listen(tell);
        const end = (error?: unknown): void => {
          forget();
          if (!isRead) return;
          if (error !== undefined) tell(failureOf(error));
          controller.close();
        };
        found.outcome.then(() => end(), end);
      },
      cancel: () => {
        forget();
        isRead = false;
        found.abandon('who asked for the move went away');
      },
    });
    return context.body(events, 200, { 'content-type': 'application/x-ndjson' });
  });
  app.delete('/v1/leases/:name/move', async (context) => {
    const name = context.req.param('name');
    await moves.cancel(name, context.req.query('force') === 'true');
    return context.json({ schema: 'pagelend.move-cancelled/1', name });
  });
}

function addIncoming(app: Hono, facts: DaemonFacts): void {
  const { lenderId, incoming } = facts.transfers;
  app.post('/v1/incoming', async (context) => {
    const { name, size, limit_bytes, key, clients, share } = await bodyOf(context, newIncoming);
    const rest = {
      key: key ?? null,
      clients: clients ?? null,
      share:
        share === undefined
          ? null
          : { weight: share.weight, floorBytes: share.floor_bytes, capBytes: share.cap_bytes },
    };
    const wanted = { name, bytes: size, limitBytes: limit_bytes, ...rest };
    const token = await incoming.begin(wanted);
    return context.json({ schema: 'pagelend.incoming/1', token, lender_id: lenderId }, 201);
  });
  app.post('/v1/incoming/:token/pages', async (context) => {
    incoming.take(context.req.param('token'), await bytesOf(context.req.raw, CHUNK_BYTES_MAX));
    return done(context);
  });
  app.post('/v1/incoming/:token/seal', async (context) => {
    const { pages, digest } = await bodyOf(context, seal);
    incoming.seal(context.req.param('token'), pages, digest);
    return done(context);
  });
  app.post('/v1/incoming/:token/commit', async (context) => {
    const { lender_id } = await bodyOf(context, commit);
    checkLender(lenderId, lender_id);
    const state = await incoming.commit(context.req.param('token'));
    const { path, bootId, device, inode } = incoming.place(facts.socketPath(state.definition.name));
    const place = { path, boot_id: bootId, device, inode };
    return context.json({ schema: 'pagelend.came/1', place, lease: leaseJson(state, facts) });
  });
  app.post('/v1/incoming/:token/settled', (context) => {
    incoming.settle(context.req.param('token'));
    return done(context);
  });
  app.delete('/v1/incoming/:token', async (context) => {
    checkLender(lenderId, context.req.query('lender_id'));
    await incoming.drop(context.req.param('token'), 'its sender gave it up');
    return done(context);
  });
}

function done(context: Context): Response {
  return context.json({ schema: 'pagelend.incoming-done/1' });
}

/** What was asked of another lender is not answered for it. */
function checkLender(own: string, wanted: string | undefined): void {
  if (wanted === undefined || wanted === own) return;
  throw new DaemonError(
    'DAEMON_MOVE_TARGET',
    `this is lender ${own}, and the lease went to lender ${wanted}; give the path of that one`,
  );
}

function failureOf(error: unknown): MoveEvent {
  const message = error instanceof Error ? error.message : String(error);
  return { event: 'failed', error: { code: codeOf(error) ?? 'DAEMON_FAILED', message } };
}
