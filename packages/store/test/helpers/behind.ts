// Steps that tests of the tier have in common: pages that are known, put behind, and looked for.

import { expect } from 'vitest';
import { makePage, randomFrom } from '../fixtures/pages.mjs';
import { isEqual } from './pool-host.ts';
import type { TierHost } from './tier-host.ts';

/** The page of a slot that does not shrink, the same whenever it is asked for. */
export function rawPage(slot: number, version = 0): Uint8Array {
  return makePage('random', randomFrom(slot * 1009 + version));
}

/** Writes raw pages to slots from `from` on; every one must be taken. */
export async function fillRaw(
  host: TierHost,
  id: string,
  from: number,
  count: number,
): Promise<void> {
  for (let slot = from; slot < from + count; slot++) {
    expect(await host.write(id, slot, rawPage(slot))).toBe(0);
  }
}

/** Slots, of those from `from` on, that do not read as their raw page, with what they answered. */
export async function wrongRaw(
  host: TierHost,
  id: string,
  from: number,
  count: number,
): Promise<(readonly [number, number | 'differs'])[]> {
  const wrong: (readonly [number, number | 'differs'])[] = [];
  for (let slot = from; slot < from + count; slot++) {
    const found = await host.read(id, slot);
    if (typeof found === 'number') wrong.push([slot, found]);
    else if (!isEqual(found, rawPage(slot))) wrong.push([slot, 'differs']);
  }
  return wrong;
}
