// The routes. On the admin socket all of them; over HTTP only those that change nothing and tell no
// secret, so that neither a page in a browser nor another user of the machine can touch a lease.

import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { codeOf, DaemonError, oneLine } from '../errors.ts';
import type { LeaseChange } from '../lender-types.ts';
import type { Log } from '../logs.ts';
import { renderMetrics } from '../metrics-page.ts';
import { addAdvice } from './advice.ts';
import { bodyOf } from './body.ts';
import type { DaemonFacts } from './facts.ts';
import { isOwnHost } from './hosts.ts';
import { type ErrorJson, leaseDetailJson, leaseJson, poolJson } from './json.ts';
import { addRecordings } from './requests.ts';
import { bearsToken, needsToken } from './token.ts';
import { addTransfers } from './transfers.ts';

export interface ApiOptions {
  readonly facts: DaemonFacts;
  readonly log: Log;
  /** The address that is bound; null on the admin socket, where everything is permitted. */
  readonly boundHost: string | null;
  /** Who bears it may change leases over HTTP too; null where nobody may. */
  readonly token: string | null;
}

type ErrorStatus = 400 | 403 | 404 | 409 | 500 | 503;

/** Errors by what the caller can do about them; those that are not named here are 500. */
const STATUS: Readonly<Record<string, ErrorStatus>> = {
  DAEMON_REQUEST: 400,
  DAEMON_LEASE_NAME: 400,
  DAEMON_LEASE_SIZE: 400,
  DAEMON_LEASE_CLIENT: 400,
  STORE_LEASE: 400,
  STORE_MEMORY: 400,
  DAEMON_LEASE_UNKNOWN: 404,
  DAEMON_LEASE_EXISTS: 409,
  DAEMON_LEASE_ATTACHED: 409,
  DAEMON_LEASE_BUSY: 409,
  DAEMON_LEASE_HELD: 409,
  DAEMON_LEASE_MOVING: 409,
  DAEMON_LEASE_MOVED: 409,
  DAEMON_MOVE_TARGET: 409,
  DAEMON_MOVE_UNKNOWN: 404,
  DAEMON_MOVE_DIFFERS: 409,
  DAEMON_MOVE_CANCELLED: 409,
  DAEMON_MOVE_UNSURE: 409,
  STORE_LEASE_FILE: 400,
  STORE_FULL: 409,
  DAEMON_RECORDING: 409,
  DAEMON_STOPPING: 503,
  DAEMON_NO_TIER: 409,
  DAEMON_JUDGE: 500,
  DAEMON_LEASE_SHARE: 400,
};

const bytes = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const newLease = v.strictObject({
  name: v.string(),
  size: bytes,
  limit_bytes: v.optional(v.nullable(bytes)),
  clients: v.optional(v.nullable(v.array(v.string()))),
});
const leaseShare = v.strictObject({
  weight: v.optional(v.number()),
  floor_bytes: v.optional(bytes),
  cap_bytes: v.optional(v.nullable(bytes)),
});
const leaseChange = v.strictObject({
  size: v.optional(bytes),
  limit_bytes: v.optional(v.nullable(bytes)),
  clients: v.optional(v.nullable(v.array(v.string()))),
  share: v.optional(leaseShare),
});

export function makeApi({ facts, log, boundHost, token }: ApiOptions): Hono {
  const app = new Hono();
  app.onError((error, context) => answerError(error, context, log));
  app.notFound((context) =>
    context.json(
      errorJson('DAEMON_REQUEST', `there is no ${context.req.method} ${context.req.path}`),
      404,
    ),
  );
  if (boundHost !== null) {
    app.use(async (context, next) => {
      if (isOwnHost(context.req.header('host'), boundHost, facts.hostName)) return next();
      return context.json(errorJson('DAEMON_REQUEST', 'the Host header names another server'), 403);
    });
  }
  addHealth(app, facts);
  app.get('/v1/pool', (context) => context.json(poolJson(facts)));
  addAdvice(app, facts);
  app.get('/v1/leases', (context) => {
    const states = [...facts.lender.leases(), ...facts.transfers.incoming.states()];
    const leases = states.map((state) => leaseJson(state, facts));
    return context.json({ schema: 'pagelend.leases/1', leases });
  });
  app.get('/v1/leases/:name', (context) => {
    const state = facts.lender.lease(context.req.param('name'));
    const header = context.req.header('authorization');
    const isTrusted = boundHost === null || (token !== null && bearsToken(header, token));
    return context.json(leaseDetailJson(state, facts, isTrusted));
  });
  if (boundHost === null) {
    addOrders(app, facts);
    addRecordings(app, facts);
    addTransfers(app, facts);
  } else if (token !== null) {
    // What writes files and calls other lenders stays with the admin socket.
    app.use(needsToken(token));
    addOrders(app, facts);
  }
  return app;
}

function addHealth(app: Hono, facts: DaemonFacts): void {
  app.get('/healthz', (context) => context.text('ok\n'));
  app.get('/readyz', (context) =>
    facts.isReady() ? context.text('ready\n') : context.text('not ready\n', 503),
  );
  app.get('/metrics', async (context) => {
    const { text, contentType } = await renderMetrics(facts);
    return context.body(text, 200, { 'content-type': contentType });
  });
}

/** What changes leases. */
function addOrders(app: Hono, facts: DaemonFacts): void {
  app.post('/v1/leases', async (context) => {
    const { name, size, limit_bytes, clients } = await bodyOf(context, newLease);
    const state = await facts.lender.create(name, size, limit_bytes ?? null, clients ?? null);
    return context.json(leaseDetailJson(state, facts, true), 201);
  });
  app.patch('/v1/leases/:name', async (context) => {
    const { size, limit_bytes, clients, share } = await bodyOf(context, leaseChange);
    const state = await facts.lender.change(context.req.param('name'), {
      ...(size === undefined ? {} : { bytes: size }),
      ...(limit_bytes === undefined ? {} : { limitBytes: limit_bytes }),
      ...(clients === undefined ? {} : { clients }),
      ...(share === undefined ? {} : { share: shareOf(share) }),
    });
    return context.json(leaseDetailJson(state, facts, true));
  });
  app.delete('/v1/leases/:name', async (context) => {
    const force = context.req.query('force') ?? 'false';
    if (force !== 'true' && force !== 'false') {
      throw new DaemonError('DAEMON_REQUEST', `force=${force}: expected true or false`);
    }
    const name = context.req.param('name');
    await facts.lender.delete(name, force === 'true');
    return context.json({ schema: 'pagelend.lease-deleted/1', name });
  });
}

function shareOf(share: v.InferOutput<typeof leaseShare>): NonNullable<LeaseChange['share']> {
  const { weight, floor_bytes, cap_bytes } = share;
  return {
    ...(weight === undefined ? {} : { weight }),
    ...(floor_bytes === undefined ? {} : { floorBytes: floor_bytes }),
    ...(cap_bytes === undefined ? {} : { capBytes: cap_bytes }),
  };
}

function answerError(error: Error, context: Context, log: Log): Response {
  const code = codeOf(error);
  if (code === null) {
    log.error({ path: context.req.path, stack: error.stack }, 'a bug in the API');
    return context.json(errorJson('DAEMON_REQUEST', 'a bug in the daemon; see its log'), 500);
  }
  return context.json(errorJson(code, error.message), STATUS[code] ?? 500);
}

function errorJson(code: string, message: string): ErrorJson {
  return { error: { code, message: oneLine(message) } };
}
