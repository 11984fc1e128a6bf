// Sizes as people write them: 4096, 64MiB, 1GiB, 512m. Units are binary; kB and MB are refused,
// because nobody can tell which of the two meanings was meant.

const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
};

/** The largest lease that a pool has slots for. */
export const LEASE_BYTES_MAX = (2 ** 30 - 2 ** 20) * 4096;

export const EXPECTED_SIZE = 'expected a size such as 64MiB, 1GiB or 512m';

/** The size in bytes, a safe integer above 0; null where the text is no size. */
export function parseSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])(?:ib)?)?$/i.exec(text.trim());
  if (match === null) return null;
  const bytes = Number(match[1]) * UNIT_BYTES[match[2]?.toLowerCase() ?? '']!;
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : null;
}

/** The shortest exact form, for messages: 67108864 is 64MiB, 4097 is 4097. */
export function sizeText(bytes: number): string {
  for (const [unit, scale] of [
    ['TiB', UNIT_BYTES.t!],
    ['GiB', UNIT_BYTES.g!],
    ['MiB', UNIT_BYTES.m!],
    ['KiB', UNIT_BYTES.k!],
  ] as const) {
    if (bytes > 0 && bytes % scale === 0) return `${bytes / scale}${unit}`;
  }
  return String(bytes);
}
