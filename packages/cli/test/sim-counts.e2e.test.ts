// Counts of hand-worked traces, through the command as a user types it.

import type { SimRow } from '@pagelend/lab';
import { beforeAll, describe, expect, it } from 'vitest';
import { csvOf, folder } from './run.ts';

const here = folder();

beforeAll(async () => {
  // Belady's sequence: FIFO faults more often with four frames than with three.
  here.write('belady.csv', csvOf('1 2 3 4 1 2 5 1 2 3 4 5'));
  // FIFO with two frames: 1w 2 fault; 3 evicts 1, written back; 1 evicts 2, clean; 2w evicts 3,
  // clean; 3 evicts 1, clean since it was only read this time. Page 2 stays modified and resident.
  here.write('writes.csv', csvOf('1w 2r 3r 1r 2w 3r'));
  await Promise.all([
    here.run('trace', 'import', 'belady.csv', '-o', 'belady.plt'),
    here.run('trace', 'import', 'writes.csv', '-o', 'writes.plt'),
  ]);
});

async function rows(trace: string, ...flags: string[]): Promise<readonly SimRow[]> {
  return (await here.json('sim', trace, '--json', ...flags)).rows;
}

describe('counts', () => {
  it("has Belady's anomaly, and the textbook counts of LRU and MIN", async () => {
    const found = await rows('belady.plt', '--policy', 'fifo,lru,min', '--frames', '3,4');
    expect(found.map(({ policy, frames, faults }) => [policy, frames, faults])).toEqual([
      ['fifo', 3, 9],
      ['fifo', 4, 10],
      ['lru', 3, 10],
      ['lru', 4, 8],
      ['min', 3, 7],
      ['min', 4, 6],
    ]);
    expect(found.every(({ writebacks }) => writebacks === 0)).toBe(true);
    expect(found.every(({ cold_faults }) => cold_faults === 5)).toBe(true);
  });

  it('writes back a modified page once, at its eviction, and none at the end', async () => {
    const [row] = await rows('writes.plt', '--policy', 'fifo', '--frames', '2');
    expect(row).toMatchObject({
      references: 6,
      faults: 6,
      cold_faults: 3,
      reads: 6,
      cold_reads: 3,
      writebacks: 1,
      read_cost: 1,
      write_cost: 4,
      io_time: 10,
      io_time_without_cold: 7,
    });
  });

  it('only the first touches that read are charged, or none is, as --cold-read says', async () => {
    const asked = ['writes.plt', '--policy', 'fifo', '--frames', '2', '--cold-read'] as const;
    const [[all], [readsOnly], [none]] = await Promise.all([
      rows(...asked, 'all'),
      rows(...asked, 'reads-only'),
      rows(...asked, 'none'),
    ]);
    expect([all!.reads, readsOnly!.reads, none!.reads]).toEqual([6, 5, 3]);
    expect([all!.cold_reads, readsOnly!.cold_reads, none!.cold_reads]).toEqual([3, 2, 0]);
    expect([all!.faults, readsOnly!.faults, none!.faults]).toEqual([6, 6, 6]);
    expect(none!.io_time).toBe(3 + 4);
  });

  it('counts after the warm-up only', async () => {
    const asked = ['writes.plt', '--policy', 'fifo', '--frames', '2', '--warmup'] as const;
    const [[byCount], [byShare]] = await Promise.all([rows(...asked, '2'), rows(...asked, '50%')]);
    expect(byCount).toMatchObject({ references: 4, faults: 4, cold_faults: 1, writebacks: 1 });
    expect(byShare).toMatchObject({ references: 3, faults: 3, cold_faults: 0, writebacks: 0 });
  });

  it('with as many frames as pages, or more, only first touches fault', async () => {
    const policies = 'fifo,clock,esc,car,craw-rm,craw,lru,arc,cflru,min';
    const flags = ['--policy', policies, '--frames', '5,6,1000000,300%'];
    const found = await rows('belady.plt', ...flags);
    expect(found).toHaveLength(10 * 4);
    for (const { faults, writebacks } of found) expect([faults, writebacks]).toEqual([5, 0]);
  });

  it('no policy passes the bound, which for reads alone is MIN', async () => {
    const found = await rows('belady.plt', '--policy', 'lru,fifo', '--frames', '3', '--bound');
    for (const row of found) {
      expect(row.lower_bound_reads).toBe(7);
      expect(row.lower_bound_writebacks).toBe(0);
      expect(row.lower_bound_io_time).toBe(7);
    }
    const [without] = await rows('belady.plt', '--policy', 'lru', '--frames', '3');
    expect(without!.lower_bound_io_time).toBeNull();
  });

  it('a percentage is of the distinct pages, rounded down, at least one frame', async () => {
    const frames = async (list: string) =>
      (await rows('belady.plt', '--policy', 'fifo', '--frames', list)).map((row) => row.frames);
    expect(await frames('1%,50%,60%,100%')).toEqual([1, 2, 3, 5]);
    expect(await frames('2..5:1,3')).toEqual([2, 3, 4, 5]);
    expect(await frames('20%..100%:40%')).toEqual([1, 3, 5]);
  });
});
