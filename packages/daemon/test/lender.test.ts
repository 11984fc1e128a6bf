// What may be done to leases when: sizes fixed while somebody is attached, limits live, deletion by
// force, and pages kept over a stop.

import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { LeaseDefinitions } from '../src/lease-definitions.ts';
import { Lender } from '../src/lender.ts';
import type { Seat } from '../src/lender-types.ts';
import { silentLog } from '../src/logs.ts';
import { FakeDataPlane, FakePool, noRelay } from './fakes.ts';
import { temporaryFolder } from './folder.ts';

const root = temporaryFolder();
const NO_SOCKET = { fd: -1, isStructured: false, hasBaseAllocation: false };
const UNIX = { transport: 'unix', peer: null, client: null } as const;

let folder = '';
let folders = 0;
let pool: FakePool;
let plane: FakeDataPlane;
let definitions: LeaseDefinitions;
let lender: Lender;
let openDoors: string[];
/** What whoever divides memory was told, in order: weights. */
let weights: number[];
/** What opening the next door throws. */
let failure: Error | null = null;

function makeLender(): Lender {
  definitions = new LeaseDefinitions(folder);
  pool = new FakePool(definitions.all());
  plane = new FakeDataPlane();
  openDoors = [];
  weights = [];
  return new Lender({
    pool,
    dataPlane: plane,
    definitions,
    log: silentLog,
    connectionsMax: 3,
    leaseConnectionsMax: 2,
    letGoMs: { drain: 50, cut: 50 },
    relay: noRelay,
    noteShare: (_, { weight }) => weights.push(weight),
    openDoor: async ({ name }) => {
      const thrown = failure;
      failure = null;
      if (thrown !== null) throw thrown;
      openDoors.push(name);
      return {
        close: async () => {
          openDoors = openDoors.filter((open) => open !== name);
        },
      };
    },
  });
}

function attach(name: string): number {
  const seat = lender.seat(name);
  if (typeof seat === 'string') throw new Error(seat);
  return seat.serve({ ...NO_SOCKET, leftover: new Uint8Array() }, UNIX)!.id;
}

beforeEach(() => {
  folder = join(root, String(folders++));
  mkdirSync(folder);
  lender = makeLender();
});

describe('create', () => {
  test('makes slots, definition and door', async () => {
    const { definition } = await lender.create('web', 8192, 4096);
    expect(pool.lease(definition.id)).toMatchObject({ bytes: 8192, limitBytes: 4096 });
    expect(readdirSync(folder)).toEqual(['web.json']);
    expect(openDoors).toEqual(['web']);
    expect(lender.names()).toEqual(['web']);
  });

  test('refuses a name that is taken, and wrong names, sizes and limits', async () => {
    await lender.create('web', 8192, null);
    await expect(lender.create('web', 4096, null)).rejects.toThrow(/there is a lease web already/);
    await expect(lender.create('../x', 4096, null)).rejects.toThrow(/not a name/);
    await expect(lender.create('x', 4097, null)).rejects.toThrow(/no multiple/);
    await expect(lender.create('x', 4096, -1)).rejects.toThrow(/a limit of -1/);
    expect(pool.leases.size).toBe(1);
  });

  test('leaves no slots where the definition cannot be written', async () => {
    definitions.save = () => {
      throw new Error('disk full');
    };
    await expect(lender.create('web', 8192, null)).rejects.toThrow('disk full');
    expect(pool.leases.size).toBe(0);
    expect(lender.names()).toEqual([]);
  });

  test('leaves nothing where its socket cannot be opened', async () => {
    failure = new Error('in use');
    await expect(lender.create('web', 8192, null)).rejects.toThrow('in use');
    expect({ leases: pool.leases.size, files: readdirSync(folder) }).toEqual({
      leases: 0,
      files: [],
    });
    await lender.create('web', 8192, null);
  });
});

describe('serve --lease', () => {
  test('makes a lease, takes it up again, and never changes its size', async () => {
    await lender.takeUp([{ name: 'web', bytes: 8192, limitBytes: null }]);
    const { id } = lender.definition('web')!;
    await lender.change('web', { limitBytes: 4096 });
    lender = makeLender();
    await lender.takeUp([{ name: 'web', bytes: 8192, limitBytes: null }]);
    expect(lender.definition('web')).toMatchObject({ id, limitBytes: 4096 });
    await lender.takeUp([{ name: 'web', bytes: 8192, limitBytes: 12_288 }]);
    expect(pool.lease(id)!.limitBytes).toBe(12_288);
    const requests = ['new', 'web'].map((name) => ({ name, bytes: 4096, limitBytes: 4096 }));
    await expect(lender.takeUp(requests)).rejects.toThrow(
      /lease web is there with 8KiB and not 4KiB; ask for 8KiB, or change it with/,
    );
    // Nothing of what was asked for is done.
    expect({ names: lender.names(), ...pool.lease(id)! }).toMatchObject({
      names: ['web'],
      bytes: 8192,
      limitBytes: 12_288,
    });
  });
});

describe('while a client is attached', () => {
  beforeEach(() => lender.create('web', 8192, null).then(() => {}));

  test('the limit changes and the size does not', async () => {
    attach('web');
    await lender.change('web', { limitBytes: 4096 });
    expect(lender.lease('web').usage.limitBytes).toBe(4096);
    await expect(lender.change('web', { bytes: 4096 })).rejects.toThrow(
      /lease web has 1 client attached: its size is fixed/,
    );
    // The same size is no change.
    await lender.change('web', { bytes: 8192 });
  });

  test('a handshake that has ended counts as attached', async () => {
    const seat = lender.seat('web') as Seat;
    await expect(lender.change('web', { bytes: 4096 })).rejects.toThrow(/1 client attached/);
    seat.leave();
    seat.leave();
    await lender.change('web', { bytes: 4096 });
    expect(lender.lease('web').definition.bytes).toBe(4096);
  });

  test('deletion needs force, which ends the sessions first', async () => {
    attach('web');
    attach('web');
    await expect(lender.delete('web', false)).rejects.toThrow(/2 clients attached.*--force/);
    await lender.delete('web', true);
    expect(plane.connectionCount).toBe(0);
    expect(lender.connectionCount).toBe(0);
    expect({ leases: pool.leases.size, files: readdirSync(folder), openDoors }).toEqual({
      leases: 0,
      files: [],
      openDoors: [],
    });
  });

  test('a client that does not read is cut off by force', async () => {
    plane.heeds = 'cut';
    attach('web');
    await lender.delete('web', true);
    expect({ names: lender.names(), count: plane.connectionCount }).toEqual({
      names: [],
      count: 0,
    });
  });

  test('clients that do not let go keep the lease', async () => {
    plane.heeds = 'none';
    const id = attach('web');
    await expect(lender.delete('web', true)).rejects.toThrow(/1 clients have not let go/);
    expect({ names: lender.names(), openDoors }).toEqual({ names: ['web'], openDoors: ['web'] });
    plane.finish(id, 'disconnected');
    await Promise.resolve();
    await lender.delete('web', false);
    expect(lender.names()).toEqual([]);
  });

  test('a seat that was taken before a deletion by force serves nobody after it', async () => {
    const seat = lender.seat('web') as Seat;
    await lender.delete('web', true);
    expect(seat.serve({ ...NO_SOCKET, leftover: new Uint8Array() }, UNIX)).toBeNull();
    expect(plane.handovers).toEqual([]);
  });
});

describe('resize', () => {
  test('is on the disk before it is in the pool, and taken back if the pool refuses', async () => {
    await lender.create('web', 8192, null);
    pool.failure = new Error('no memory');
    await expect(lender.change('web', { bytes: 16_384 })).rejects.toThrow('no memory');
    expect(new LeaseDefinitions(folder).get('web')!.bytes).toBe(8192);
    await lender.change('web', { bytes: 16_384 });
    expect(new LeaseDefinitions(folder).get('web')!.bytes).toBe(16_384);
    expect(pool.lease(lender.definition('web')!.id)!.bytes).toBe(16_384);
  });
});

describe('share', () => {
  test('is told of again after a change of size, before which the lease was given up', async () => {
    await lender.create('web', 8192, null);
    await lender.change('web', { share: { weight: 3 } });
    await lender.change('web', { bytes: 16_384 });
    expect(weights).toEqual([3, 3]);
  });
});

describe('seats', () => {
  test('are limited for each lease and in all', async () => {
    await lender.create('a', 4096, null);
    await lender.create('b', 4096, null);
    expect(lender.seat('none')).toBe('unknown');
    const first = attach('a');
    lender.seat('a');
    expect(lender.seat('a')).toBe('lease-full');
    attach('b');
    expect(lender.seat('b')).toBe('full');
    plane.finish(first, 'disconnected');
    await Promise.resolve();
    expect(lender.refusal('a')).toBeNull();
    expect(lender.lease('a').connections).toEqual([]);
  });
});

describe('stop', () => {
  test('closes doors and sessions, and keeps pool and definitions', async () => {
    await lender.create('web', 4096, null);
    attach('web');
    await lender.stop();
    expect({ openDoors, isClosed: pool.isClosed, count: plane.connectionCount }).toEqual({
      openDoors: [],
      isClosed: false,
      count: 0,
    });
    expect(readdirSync(folder)).toEqual(['web.json']);
    expect(lender.seat('web')).toBe('stopping');
    await expect(lender.create('x', 4096, null)).rejects.toThrow(/the daemon is stopping/);
    await expect(lender.delete('web', true)).rejects.toThrow(/the daemon is stopping/);
  });
});

test('a lease that is not there is told with those that are', async () => {
  await expect(lender.delete('web', false)).rejects.toThrow('there is no lease web; there is none');
  await lender.create('db', 4096, null);
  expect(() => lender.lease('web')).toThrow('there is no lease web; those that are: db');
});
