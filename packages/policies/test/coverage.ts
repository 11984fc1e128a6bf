// Whether the cases of a twin test name every value that an option may take: each choice, and both
// ends of each range.

import { findPolicy } from '@pagelend/policies';
import { expect } from 'vitest';

/** `asked` are the specs of the cases; a default is covered by the policy's bare name. */
export function expectEveryValueCovered(name: string, asked: readonly string[]): void {
  for (const [option, spec] of Object.entries(findPolicy(name)!.options!)) {
    const values = spec.kind === 'choice' ? spec.choices : [spec.min, spec.max];
    for (const value of values) {
      const isCovered =
        asked.includes(`${name}:${option}=${value}`) ||
        (spec.default === value && asked.includes(name));
      expect(isCovered, `${name}:${option}=${value}`).toBe(true);
    }
  }
}
