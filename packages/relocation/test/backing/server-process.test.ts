// Servers of the experiment as child processes.

import { expect, it } from 'vitest';
import { startServer } from '../../src/backing/server-process.ts';

const node = process.execPath;

it('is ready when it says so, and is gone when it was stopped', async () => {
  const words = [node, '-e', "console.error('ready: here'); setInterval(() => {}, 1000)"];
  const server = await startServer('a server', words, (said) => /^ready:/m.test(said));
  expect(() => process.kill(server.pid, 0)).not.toThrow();
  await server.stop();
  expect(() => process.kill(server.pid, 0)).toThrow();
  // Once more does no harm.
  await server.stop();
});

it('tells how a server ended that did not start, and what it said', async () => {
  const words = [node, '-e', "console.error('no room'); process.exit(3)"];
  const start = startServer('a server', words, (said) => /^ready:/m.test(said));
  await expect(start).rejects.toMatchObject({
    code: 'RELOCATION_LENDER',
    message: 'a server: ended with status 3: no room',
  });
  const nothing = startServer('nothing', ['/nowhere/nothing'], () => false);
  await expect(nothing).rejects.toMatchObject({ code: 'RELOCATION_LENDER' });
});
