// A thread's connections while a page of one is on its way: nobody else waits, nothing spins, and it
// ends in every way that others end.

import { once } from 'node:events';
import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Peer, readRequest, SteppedLoop, slotsIn, writeRequest } from './far-pages.ts';

let loop: SteppedLoop;
beforeEach(() => {
  loop = new SteppedLoop();
});
afterEach(() => loop.close());

/** A peer whose read of a page is on its way. */
function parked(...far: number[]): Peer {
  const peer = loop.connect(...far);
  loop.send(peer, readRequest(far[0]!));
  loop.settle();
  expect(peer.pages.waitCount).toBe(1);
  return peer;
}

function arrive({ pages }: Peer, slot: number): void {
  pages.far.delete(slot);
  loop.ring();
}

describe('while it is parked', () => {
  test('others are served, and it is not asked again before its page has come', () => {
    const peer = parked(7, 8);
    const other = loop.connect();
    for (let slot = 0; slot < 5; slot++) {
      loop.send(other, readRequest(slot));
      loop.settle();
      expect(slotsIn(loop.take(other))).toEqual([slot]);
    }
    // The bell rings for others too.
    loop.ring();
    arrive(peer, 8);
    expect(peer.pages.waitCount).toBe(1);
    arrive(peer, 7);
    expect(slotsIn(loop.take(peer))).toEqual([7]);
  });

  test('what was answered before goes out', () => {
    const peer = loop.connect(7);
    loop.send(peer, Buffer.concat([readRequest(1), readRequest(7), readRequest(2)]));
    loop.settle();
    expect(slotsIn(loop.take(peer))).toEqual([1]);
    arrive(peer, 7);
    expect(slotsIn(loop.take(peer))).toEqual([7, 2]);
  });

  test('requests that come are announced, each once', () => {
    const peer = parked(7, 8, 9);
    for (const slot of [8, 9, 1]) {
      loop.send(peer, readRequest(slot));
      loop.settle();
    }
    expect(peer.pages.announced).toEqual([8, 9, 1]);
    peer.pages.far.clear();
    loop.ring();
    expect(slotsIn(loop.take(peer))).toEqual([7, 8, 9, 1]);
    expect(peer.pages.announced).toEqual([8, 9, 1]);
  });

  test('a page that comes before its connection is parked is not missed', () => {
    const peer = loop.connect(7);
    peer.pages.onWait = (slot) => peer.pages.far.delete(slot);
    loop.send(peer, readRequest(7));
    loop.settle();
    expect(slotsIn(loop.take(peer))).toEqual([7]);
  });

  test('a bell that is rung while the thread is busy is heard', () => {
    const peer = loop.connect(7, 8);
    const other = loop.connect(9);
    // In the step in which both are parked, after the one was and before the thread waits again.
    other.pages.onWait = () => {
      peer.pages.far.delete(7);
      loop.ringOnly();
    };
    loop.send(peer, readRequest(7));
    loop.send(other, readRequest(9));
    loop.settle();
    expect(slotsIn(loop.take(peer))).toEqual([7]);
    expect(loop.take(other).length).toBe(0);
  });

  test('a full region takes no more, and all of it is answered later', () => {
    const peer = parked(7);
    const input = Buffer.concat(Array.from({ length: 48 }, (_, slot) => writeRequest(100 + slot)));
    let sent = 0;
    const feed = (): void => {
      sent += loop.send(peer, input.subarray(sent));
      loop.settle();
    };
    feed();
    feed();
    expect(peer.pages.waitCount).toBe(1);
    arrive(peer, 7);
    while (sent < input.length) feed();
    loop.settle();
    const answered = loop.take(peer);
    expect(slotsIn(answered.subarray(16 + 4096), 0)).toEqual(peer.pages.written);
    expect(peer.pages.written.length).toBe(48);
  });
});

describe('its end', () => {
  test('a peer that hangs up: at once, and the pages are given up before it is told', () => {
    for (const more of [Buffer.alloc(0), readRequest(1), Buffer.alloc(150_000)]) {
      const peer = parked(7);
      let toldBefore = -1;
      peer.pages.onAbandon = () => {
        toldBefore = loop.takeTold().length;
      };
      loop.send(peer, more);
      loop.hangUp(peer);
      loop.settle();
      expect(toldBefore).toBe(0);
      expect(peer.pages.isAbandoned).toBe(true);
      expect(loop.takeTold()).toEqual([{ kind: 'ended', id: peer.id, reason: 'closed' }]);
      arrive(peer, 7);
    }
  });

  test('a peer that sends no more still gets its answers', async () => {
    const peer = loop.connect(7);
    loop.send(peer, Buffer.concat([readRequest(7), readRequest(1)]));
    loop.settle();
    const socket = new Socket({ fd: loop.giveUp(peer), allowHalfOpen: true });
    socket.end();
    await once(socket, 'finish');
    loop.settle();
    expect(loop.takeTold()).toEqual([]);
    expect(peer.pages.waitCount).toBe(1);
    arrive(peer, 7);
    expect(loop.takeTold()).toEqual([{ kind: 'ended', id: peer.id, reason: 'closed' }]);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk);
    expect(slotsIn(Buffer.concat(chunks))).toEqual([7, 1]);
  });

  test('a cut: at once', () => {
    const peer = parked(7);
    loop.tell({ kind: 'cut', id: peer.id });
    expect(peer.pages.isAbandoned).toBe(true);
    expect(loop.takeTold()).toEqual([{ kind: 'ended', id: peer.id, reason: 'cut' }]);
  });

  test('a drain: when what had come is answered, and no later', () => {
    const peer = parked(7, 8);
    loop.send(peer, readRequest(8));
    loop.tell({ kind: 'end', id: peer.id });
    loop.settle();
    loop.send(peer, readRequest(1));
    loop.settle();
    arrive(peer, 7);
    expect(loop.takeTold()).toEqual([]);
    arrive(peer, 8);
    expect(loop.takeTold()).toEqual([{ kind: 'ended', id: peer.id, reason: 'drained' }]);
    expect(peer.pages.isAbandoned).toBe(true);
    expect(slotsIn(loop.take(peer))).toEqual([7, 8]);
  });

  test('a stop of the thread gives the pages up too', () => {
    const peer = parked(7);
    loop.close();
    expect(peer.pages.isAbandoned).toBe(true);
    loop = new SteppedLoop();
  });
});

describe('held', () => {
  test('a write that waits is waited for', () => {
    const peer = loop.connect(7);
    loop.send(peer, Buffer.concat([writeRequest(7), writeRequest(8)]));
    loop.settle();
    loop.tell({ kind: 'hold', id: peer.id, order: 1 });
    loop.settle();
    expect(loop.takeTold()).toEqual([]);
    arrive(peer, 7);
    expect(loop.takeTold()).toEqual([{ kind: 'held', id: peer.id, order: 1 }]);
    expect(peer.pages.written).toEqual([7]);
    loop.tell({ kind: 'release', id: peer.id });
    expect(peer.pages.written).toEqual([7, 8]);
    expect(slotsIn(loop.take(peer), 0)).toEqual([7, 8]);
  });

  test('a read that waits changes nothing, and is answered all the same', () => {
    const peer = parked(7);
    loop.send(peer, readRequest(1));
    loop.tell({ kind: 'hold', id: peer.id, order: 1 });
    expect(loop.takeTold()).toEqual([{ kind: 'held', id: peer.id, order: 1 }]);
    arrive(peer, 7);
    expect(slotsIn(loop.take(peer))).toEqual([7]);
    loop.tell({ kind: 'release', id: peer.id });
    expect(slotsIn(loop.take(peer))).toEqual([1]);
  });
});
