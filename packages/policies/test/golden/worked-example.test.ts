// The worked example of policies.md section 8, step by step: three frames, a write-back as dear as
// four page-ins, K = 3. The twin must show the table's lists, bits and target after every reference;
// the policy, which shows no lists, its hits, faults, evictions and write-backs.

import { NO_PAGE } from '@pagelend/policies';
import { describe, expect, test } from 'vitest';
import { Host, resolve } from '../host.ts';
import { traceOf } from '../traces.ts';
import { CrawTwin } from '../twins/craw.ts';

const FRAMES = 3;
const COSTS = { read: 1, write: 4 };

// reference | result | R | W | GR | GW | s_r, lists oldest first, `*` for a set bit, `^n` for wfreq.
const tableOfCraw = `
| R1 | fault  | 1* | - | - | - | 0 |
| W2 | fault  | 1* | 2* | - | - | 0 |
| R3 | fault  | 1*,3* | 2* | - | - | 0 |
| R4 | fault  | 3,4* | 2* | 1 | - | 0 |
| W2 | hit  | 3,4* | 2* | 1 | - | 0 |
| R1 | fault  | 4*,1* | 2* | 3 | - | 1 |
| R5 | fault  | 1,5* | 2* | 3,4 | - | 1 |
| W6 | fault  | 5* | 2*,6* | 4,1 | - | 1 |
| R3 | fault  | 3* | 2*,6* | 4,1,5 | - | 1 |
| R4 | fault +writeback | 3*,4* | 6 | 1,5 | 2 | 2 |
| W2 | fault  | 4 | 6,2* | 5,3 | - | 0 |
| R1 | fault  | 1* | 6,2* | 5,3,4 | - | 0 |`;

const tableOfCrawRm = `
| R1 | fault  | 1* | - | - | - | 0 |
| W2 | fault  | 1*,2* | 2* | - | - | 0 |
| R3 | fault  | 1*,2*,3* | 2* | - | - | 0 |
| R4 | fault  | 2,3,4* | 2* | 1 | - | 0 |
| W2 | hit  | 2*,3,4* | 2* | 1 | - | 0 |
| R1 | fault  | 4*,2,1* | 2* | 3 | - | 1 |
| R5 | fault  | 1,5* | 2* | 2,4 | - | 1 |
| W6 | fault  | 5*,6* | 2*,6* | 4,1 | - | 1 |
| R3 | fault  | 6,3* | 2*,6* | 1,5 | - | 1 |
| R4 | fault  | 4* | 2*,6* | 5,6,3 | - | 1 |
| W2 | hit  | 4*,2* | 2*,6* | 5,6,3 | - | 1 |
| R1 | fault  | 2,1* | 2*,6* | 3,4 | - | 1 |`;

const examples = [
  { name: 'craw', table: tableOfCraw, evictions: [1, 3, 4, 1, 5, 2, 3, 4], written: [2] },
  { name: 'craw-rm', table: tableOfCrawRm, evictions: [1, 3, 4, 1, 5, 3, 4], written: [] },
] as const;

describe.each(examples)('$name', ({ name, table, evictions, written }) => {
  const rows = table.trim().split('\n').map(cellsOf);
  const trace = traceOf(rows.map((row) => row[0]).join(' '));

  test('the twin goes through the lists, bits and targets of the table', () => {
    const { options } = resolve(name);
    const isRm = name === 'craw-rm';
    const twin = new CrawTwin({ frames: FRAMES, isRm, costs: COSTS, options });
    for (const [index, [page, op]] of trace.entries()) {
      const { hit, written } = twin.access(page, op);
      const [reference] = rows[index]!;
      expect([
        reference,
        hit ? 'hit' : written.length > 0 ? 'fault +writeback' : 'fault',
        show(twin.R, (id) => (twin.rbit.has(id) ? '*' : '')),
        show(twin.W, (id) => (twin.wbit.has(id) ? '*' : '') + frequency(twin.wfreq.get(id)!)),
        show(twin.GR, () => ''),
        show(twin.GW, () => ''),
        String(twin.target),
      ]).toEqual(rows[index]);
      twin.check();
    }
  });

  test('the policy faults, evicts and writes back as the table says', () => {
    const host = new Host(name, { frames: FRAMES, trace, costs: COSTS });
    const residents = rows.map((row) => residentsOf(row));
    for (const [index, [page, op]] of trace.entries()) {
      const outcome = host.access(page, op);
      const result = rows[index]![1]!;
      // The page that left is the one that the table's areas no longer hold.
      const before = index === 0 ? [] : residents[index - 1]!;
      const left = before.filter((id) => !residents[index]!.includes(id));
      expect(outcome.hit).toBe(result === 'hit');
      expect(outcome.evicted).toBe(left[0] ?? NO_PAGE);
      expect(outcome.written).toEqual(result.includes('writeback') ? left : []);
    }
    expect(host.evictions).toEqual(evictions);
    expect(host.writebacks).toBe(written.length);
    host.policy.check?.();
  });
});

function cellsOf(row: string): string[] {
  return row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** The pages that the row's areas R and W hold. */
function residentsOf(row: readonly string[]): number[] {
  return [...new Set(`${row[2]},${row[3]}`.match(/\d+/g)!.map(Number))];
}

function show(pages: readonly number[], mark: (page: number) => string): string {
  return pages.length === 0 ? '-' : pages.map((page) => page + mark(page)).join(',');
}

function frequency(count: number): string {
  return count === 0 ? '' : `^${count}`;
}
