// A whole session: requests as bytes through the machine in given pieces, its answers against the
// twin's.

import { expect } from 'vitest';
import { compare, mayEnd } from './compare.ts';
import { MapDevice } from './devices.ts';
import { Harness, RX, TX } from './harness.ts';
import { Twin } from './twin.ts';
import { decodeReplies, encodeRequests, type Operation } from './wire.ts';

const harness = new Harness();

export interface Session {
  readonly pages: number;
  readonly requests: readonly Operation[];
  readonly failing?: ReadonlyMap<number, number>;
  readonly options: {
    readonly isStructured: boolean;
    readonly hasBaseAllocation: boolean;
    readonly isReadOnly: boolean;
  };
  readonly receive: readonly number[];
  readonly send: readonly number[];
}

/** Runs a session, compares it and what it left on the device; returns the number of replies. */
export function checkSession({
  pages,
  requests,
  failing = new Map(),
  options,
  receive,
  send,
}: Session): number {
  const device = new MapDevice(pages * 4096, harness.memory, RX, TX, failing);
  const outcome = harness.run(device, options, encodeRequests(requests), receive, send);
  const { replies, rest } = decodeReplies(outcome.output, requests);
  const twin = new Twin(pages * 4096, failing, options);
  compare(requests, replies, twin, options);
  if (outcome.hasEnded) {
    const last = requests[replies.length]!;
    expect(mayEnd(last, twin.apply(last)), outcome.reason).toBe(true);
    expect(options.isStructured).toBe(false);
    expect(outcome.reason).toMatch(/^device: error \d+ in a read/);
  } else {
    expect(replies.length).toBe(requests.length);
    expect(rest.length).toBe(0);
    expect(outcome.isIdle).toBe(true);
  }
  for (let page = 0; page < pages; page++) {
    expect(device.state(page), `state of page ${page}`).toBe(twin.state(page));
    expect(twin.page(page).equals(device.page(page)), `page ${page}`).toBe(true);
  }
  return replies.length;
}
