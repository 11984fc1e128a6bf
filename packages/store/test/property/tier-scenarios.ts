// What random histories of a pool with a tier are drawn from.

import fc from 'fast-check';
import { promotions } from '../../src/index.ts';
import type { TierScenario } from './tier-histories.ts';

export interface ScenarioRange {
  readonly operationCounts: readonly number[];
  readonly slotCounts: readonly number[];
}

export function tierScenarios(range: ScenarioRange): fc.Arbitrary<TierScenario> {
  return fc.record({
    seed: fc.nat(),
    operationCount: fc.constantFrom(...range.operationCounts),
    slotCountMax: fc.constantFrom(...range.slotCounts),
    leaseCountMax: fc.integer({ min: 1, max: 4 }),
    policy: fc.constantFrom(
      'craw-rm',
      'craw-rm:link=lazy',
      'clock',
      'lru',
      'arc',
      's3-fifo',
      'fifo',
    ),
    promotion: fc.constantFrom(...promotions),
    codec: fc.constantFrom('lzo', 'lz4'),
    isEncrypted: fc.boolean(),
    isShared: fc.boolean(),
    isRoomy: fc.boolean(),
    hasIdleWrites: fc.boolean(),
    faults: fc.constantFrom('none', 'errors', 'damage'),
    turnsMax: fc.constantFrom(1, 3, 12),
  });
}
