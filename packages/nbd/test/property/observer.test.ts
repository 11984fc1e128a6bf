// What an observer is told of a session is what the device is asked for, page by page and in order.

import {
  PAGES_READ,
  PAGES_TRIMMED,
  PAGES_WRITTEN,
  PAGES_ZEROED,
  type RequestKind,
} from '@pagelend/nbd';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { operations, pieces } from '../support/arbitraries.ts';
import { MapDevice } from '../support/devices.ts';
import { Harness, RX, TX } from '../support/harness.ts';
import { encodeRequests } from '../support/wire.ts';

/** A device that keeps what it was asked for. */
class LoggingDevice extends MapDevice {
  readonly log: string[] = [];
  /** While its own methods call one another. */
  #isInside = false;

  override readPart(slot: number, from: number, bytes: number, target: number): number {
    return this.#logged(PAGES_READ, slot, 1, () => super.readPart(slot, from, bytes, target));
  }

  override writePart(slot: number, from: number, bytes: number, source: number): number {
    return this.#logged(PAGES_WRITTEN, slot, 1, () => super.writePart(slot, from, bytes, source));
  }

  override zeroPart(slot: number, from: number, bytes: number): number {
    return this.#logged(PAGES_WRITTEN, slot, 1, () => super.zeroPart(slot, from, bytes));
  }

  override trim(slot: number, count: number): number {
    return this.#logged(PAGES_TRIMMED, slot, count, () => super.trim(slot, count));
  }

  override zero(slot: number, count: number, isKept: boolean): number {
    return this.#logged(PAGES_ZEROED, slot, count, () => super.zero(slot, count, isKept));
  }

  #logged(kind: RequestKind, slot: number, count: number, work: () => number): number {
    if (this.#isInside) return work();
    for (let i = 0; i < count; i++) this.log.push(`${kind} ${slot + i}`);
    this.#isInside = true;
    const error = work();
    this.#isInside = false;
    return error;
  }
}

const harness = new Harness();
const PAGES = 40;
/** With structured replies holes are told without the device being asked to read. */
const SIMPLE = { isStructured: false, hasBaseAllocation: false };

test('each page that requests are about is told once and in order', () => {
  fc.assert(
    fc.property(operations(PAGES, 36, 25), pieces, pieces, (requests, receive, send) => {
      const device = new LoggingDevice(PAGES * 4096, harness.memory, RX, TX);
      const told: string[] = [];
      const begun = (kind: RequestKind, slot: number, count: number): void => {
        expect(count).toBeGreaterThan(0);
        for (let i = 0; i < count; i++) told.push(`${kind} ${slot + i}`);
      };
      harness.run(device, SIMPLE, encodeRequests(requests), receive, send, { begun });
      expect(told).toEqual(device.log);
    }),
    { numRuns: 150 },
  );
});
