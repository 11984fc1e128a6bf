// kill -9 of either lender at every step of a move: when both run again, exactly one of them has the
// lease, all of its pages are there, and the old path leads to them.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Lender, startLender } from './daemon.ts';
import { Ledger, Middleman, PatientClient, type Step, stateOf, steps, until } from './moving.ts';
import { Random } from './pages.ts';

const SLOTS = 600;
const scratch = mkdtempSync(join(tmpdir(), 'pagelend-kills-'));
let source: Lender;
let target: Lender;
let middleman: Middleman;
let count = 0;

beforeEach(async () => {
  source = await startLender({ leases: { guest: `${SLOTS * 4}KiB` } });
  target = await startLender({ leases: {} });
  middleman = new Middleman(target, join(scratch, `${count++}.sock`));
  await middleman.open();
});
afterEach(async () => {
  await middleman.close();
  await source.clear();
  await target.clear();
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Whether one of them lends the lease and the other does not. */
function hasOneOwner(): boolean {
  const states = [stateOf(source, 'guest'), stateOf(target, 'guest')];
  if (states[0] === 'moved') return states[1] === 'lending';
  // What is coming to one that was given up is removed in time; nobody can attach it.
  return states[0] === 'lending' && (states[1] === 'none' || states[1] === 'incoming');
}

/** A guest writes while the lease moves, and one of the two dies at a step. */
async function killAt(victim: () => Lender, at: Step, moment: 'before' | 'after'): Promise<void> {
  const client = new PatientClient(source, 'guest');
  const ledger = new Ledger(SLOTS);
  const random = new Random(9);
  for (let slot = 0; slot < SLOTS; slot++) await ledger.write(client, slot, random);
  let isOver = false;
  const writing = (async () => {
    while (!isOver) await ledger.write(client, random.below(SLOTS), random);
  })();
  let isKilled = false;
  let isDead = false;
  middleman.hook = async (step, when) => {
    if (isKilled || step !== at || when !== moment) return;
    isKilled = true;
    await victim().kill();
    isDead = true;
  };
  // Where the lender that takes is gone this goes on until it is back.
  const moving = source.run('lease', 'move', 'guest', '--to', middleman.path).ended;
  await until('the step was reached', () => isDead);
  for (const lender of [source, target]) if (!lender.isRunning) await lender.start();
  await moving;
  await until('the lease is at one place', hasOneOwner);
  const written = ledger.writes;
  await until('the guest goes on', () => ledger.writes > written + 20);
  isOver = true;
  await writing;
  await ledger.check(client);
  await client.close();
}

describe.each(steps)('at the step %s', (step) => {
  for (const moment of ['before', 'after'] as const) {
    test(`${moment} it, the lender that gives is killed`, async () => {
      await killAt(() => source, step, moment);
    });

    test(`${moment} it, the lender that takes is killed`, async () => {
      await killAt(() => target, step, moment);
    });
  }
});

test('a lender that does not come back: closed, until the user says that it is gone', async () => {
  const client = new PatientClient(source, 'guest');
  const ledger = new Ledger(SLOTS);
  const random = new Random(10);
  for (let slot = 0; slot < SLOTS; slot++) await ledger.write(client, slot, random);
  middleman.hook = async (step, when) => {
    if (step === 'commit' && when === 'before' && target.isRunning) await target.kill();
  };
  const moving = source.run('lease', 'move', 'guest', '--to', middleman.path);
  await until('it is gone', () => !target.isRunning);
  await until('that was noticed', () => source.said.includes('a move is not settled'));
  expect(stateOf(source, 'guest')).toBe('moving');
  const refused = await source.run('lease', 'move', 'guest', '--cancel').ended;
  expect(refused.stderr).toMatch(/--cancel --force \[DAEMON_MOVE_UNSURE\]\n$/);
  // A start does not open it either.
  await source.kill();
  await moving.ended;
  await source.start();
  expect(stateOf(source, 'guest')).toBe('moving');
  let isWritten = false;
  const waiting = ledger.write(client, 0, random).then(() => (isWritten = true));
  expect(() => source.verb('lease', 'delete', 'guest')).toThrow('DAEMON_LEASE_MOVING');
  expect(isWritten).toBe(false);
  const forced = await source.run('lease', 'move', 'guest', '--cancel', '--force').ended;
  expect(forced).toMatchObject({ status: 0, stderr: '' });
  await waiting;
  expect(stateOf(source, 'guest')).toBe('lending');
  await ledger.check(client);
  await client.close();
});
