// The kernel's own figures of a guest's swap.

import { GuestError } from '../errors.ts';

/** Prints what `parseSwapFigures` reads. */
export const swapFiguresCommand = [
  "awk '/^(pswpin|pswpout) / { print }' /proc/vmstat",
  '[ ! -e /sys/block/zram0/mm_stat ] || echo zram $(cat /sys/block/zram0/mm_stat)',
].join('\n');

/** The first fields of zram's mm_stat (Documentation/admin-guide/blockdev/zram.rst). */
export interface ZramFigures {
  readonly originalBytes: number;
  readonly compressedBytes: number;
  /** All memory that zram takes, with what its allocator wastes. */
  readonly usedBytes: number;
  readonly peakBytes: number;
  /** Pages of one repeated word, which take none. */
  readonly samePages: number;
}

export interface SwapFigures {
  readonly pagesIn: number;
  readonly pagesOut: number;
  /** Null where the guest has no /dev/zram0; zeros where it is not used. */
  readonly zram: ZramFigures | null;
}

/** Throws GuestError GUEST_PROGRAM where a figure is missing. */
export function parseSwapFigures(output: string): SwapFigures {
  const fields = /^zram (.*)$/m.exec(output)?.[1]?.split(' ').map(Number);
  return {
    pagesIn: count(output, 'pswpin'),
    pagesOut: count(output, 'pswpout'),
    zram: fields === undefined ? null : zramFigures(fields),
  };
}

function zramFigures(fields: readonly number[]): ZramFigures {
  if (fields.length < 6 || fields.some(Number.isNaN)) {
    throw new GuestError('GUEST_PROGRAM', `mm_stat is not understood: ${fields.join(' ')}`);
  }
  return {
    originalBytes: fields[0]!,
    compressedBytes: fields[1]!,
    usedBytes: fields[2]!,
    peakBytes: fields[4]!,
    samePages: fields[5]!,
  };
}

function count(output: string, name: string): number {
  const found = new RegExp(`^${name} (\\d+)$`, 'm').exec(output)?.[1];
  if (found === undefined) {
    throw new GuestError('GUEST_PROGRAM', `no ${name} in the figures of swap: ${output.trim()}`);
  }
  return Number(found);
}
