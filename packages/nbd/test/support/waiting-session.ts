// The same session twice: on a device that never waits, all at once, and on one that waits, in
// pieces. What is answered is the same, byte for byte.

import { expect } from 'vitest';
import { MapDevice } from './devices.ts';
import { Harness, RX } from './harness.ts';
import { WaitingDevice } from './waiting-device.ts';

const harnesses = [2 ** 16, 2 ** 16 + 7, 2 ** 16 + 5000, 2 ** 17].map(
  (bytes) => new Harness(bytes),
);
export const HARNESS_COUNT = harnesses.length;

export interface WaitingSession {
  /** Which size the region of replies has. */
  readonly region: number;
  readonly seed: number;
  readonly pages: number;
  readonly input: Uint8Array;
  readonly failing?: ReadonlyMap<number, number>;
  readonly options: {
    readonly isStructured: boolean;
    readonly hasBaseAllocation: boolean;
    readonly isReadOnly?: boolean;
  };
  readonly receive: readonly number[];
  readonly send: readonly number[];
}

/** Returns how many calls waited. */
export function checkWaiting(session: WaitingSession): number {
  const { pages, input, failing = new Map(), options } = session;
  const harness = harnesses[session.region]!;
  const bytes = pages * 4096;
  const prompt = new MapDevice(bytes, harness.memory, RX, harness.tx, failing);
  const expected = harness.run(prompt, options, input);
  const slow = new WaitingDevice(session.seed, bytes, harness.memory, RX, harness.tx, failing);
  const outcome = harness.run(slow, options, input, session.receive, session.send, null, slow);
  const { output, reason, isIdle } = outcome;
  expect(reason).toBe(expected.reason);
  // What comes after the end is received or not, as the pieces fall.
  if (reason === '') expect(isIdle).toBe(expected.isIdle);
  expect(output.length).toBe(expected.output.length);
  expect(output.equals(expected.output)).toBe(true);
  for (let page = 0; page < pages; page++) {
    expect(slow.state(page), `state of page ${page}`).toBe(prompt.state(page));
    expect(Buffer.compare(slow.page(page), prompt.page(page)), `page ${page}`).toBe(0);
  }
  return slow.waitCount;
}
