// Drives a policy and its twin side by side. Outcomes are compared by hand, and described by
// `expect` only where they differ, because millions of references are compared.

import { expect } from 'vitest';
import type { Host, Reference } from './host.ts';
import type { Outcome, Twin } from './twins/twin.ts';

export function expectSameRun(host: Host, twin: Twin, trace: readonly Reference[]): void {
  for (const [index, [page, op]] of trace.entries()) {
    const real = host.access(page, op);
    const slow = twin.access(page, op);
    if (!isSame(real, slow)) {
      expect({ index, page, op, ...real }).toEqual({ index, page, op, ...slow });
    }
  }
  host.policy.check?.();
  expect([host.hits, host.faults, host.writebacks]).toEqual([
    twin.hits,
    twin.faults,
    twin.writebacks,
  ]);
}

function isSame(a: Outcome, b: Outcome): boolean {
  return (
    a.hit === b.hit &&
    a.evicted === b.evicted &&
    a.written.length === b.written.length &&
    a.written.every((page, i) => page === b.written[i])
  );
}
