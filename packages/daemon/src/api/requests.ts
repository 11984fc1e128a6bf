// The routes that record a lease's requests: one streams them until an end, the other is that end.
// Only on the admin socket: which pages a guest touches is nobody else's business.

import type { Hono } from 'hono';
import { DaemonError } from '../errors.ts';
import { REQUESTS_TYPE } from '../recording/stream-format.ts';
import type { DaemonFacts } from './facts.ts';

const PATH = '/v1/leases/:name/requests';

export function addRecordings(app: Hono, { lender }: DaemonFacts): void {
  app.get(PATH, async (context) => {
    if (context.req.raw.method !== 'GET') {
      // A HEAD would begin a recording whose stream nobody reads and nobody closes.
      throw new DaemonError('DAEMON_REQUEST', `${context.req.raw.method}: expected GET`);
    }
    const recording = await lender.recordings.begin(lender.entry(context.req.param('name')));
    return context.body(recording.stream(), 200, { 'content-type': REQUESTS_TYPE });
  });
  app.delete(PATH, async (context) => {
    const name = context.req.param('name');
    const { id } = lender.lease(name).definition;
    if (!(await lender.recordings.end(id, 'asked'))) {
      throw new DaemonError('DAEMON_RECORDING', `lease ${name} is not being recorded`);
    }
    return context.json({ schema: 'pagelend.recording-ended/1', name });
  });
}
