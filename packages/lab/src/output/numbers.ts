// Numbers as people read them, the same under every locale: `Intl` would make the output depend on
// the machine, and reports must be the same bytes everywhere.

/** What stands where there is no number. */
export const NO_NUMBER = '-';

/** `1234567.5` as `1,234,567.5`; whole numbers whole, others with at most two decimals. */
export function grouped(value: number): string {
  if (!Number.isFinite(value)) return NO_NUMBER;
  const [whole, decimals] = (
    Number.isInteger(value) ? plain(value) : value.toFixed(2).replace(/\.?0+$/, '')
  ).split('.');
  const separated = whole!.replace(/\B(?=(\d{3})+$)/g, ',');
  const text = decimals === undefined ? separated : `${separated}.${decimals}`;
  return text === '-0' ? '0' : text;
}

/** A share as a percentage with one decimal, without the sign: 0.8134 is `81.3`. */
export function percent(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return NO_NUMBER;
  const text = (share * 100).toFixed(1);
  if (text === '-0.0') return '0.0';
  return text.replace(/\B(?=(\d{3})+\.)/g, ',');
}

/** A share as a percentage with three significant digits: 0.000213 is `0.0213`, 0.5 is `50.0`. */
export function finePercent(share: number): string {
  if (share === 0) return '0';
  const value = share * 100;
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(decimals, DECIMALS_MAX));
}

/** Below this share of a per cent nothing is told apart. */
const DECIMALS_MAX = 12;

const magnitudes = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** For axes, where room is short: 1500000 is `1.5 M`. Four digits stay as they are. */
export function compact(value: number): string {
  if (Math.abs(value) < 10_000) return grouped(value);
  for (const [unit, suffix] of magnitudes) {
    if (Math.abs(value) >= unit) return `${trimmed(value / unit)} ${suffix}`;
  }
  return grouped(value);
}

/** Memory in the binary unit that gives the shortest number: 4194304 is `4 MiB`. */
export function binaryBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let amount = bytes;
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${trimmed(amount)} ${units[unit]}`;
}

/** `1 trace`, `3 traces`. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${grouped(count)} ${count === 1 ? singular : plural}`;
}

const words = 'no one two three four five six seven eight nine ten eleven twelve'.split(' ');

/** As `counted`, in words up to twelve, as running text has it. */
export function countedInWords(count: number, singular: string, plural = `${singular}s`): string {
  return `${words[count] ?? grouped(count)} ${count === 1 ? singular : plural}`;
}

/** Three significant digits where there are decimals at all. */
function trimmed(value: number): string {
  const decimals = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return grouped(Number(value.toFixed(decimals)));
}

/** Decimal digits without an exponent; counts stay far below where that matters. */
function plain(value: number): string {
  return Math.abs(value) < 1e21 ? String(value) : BigInt(value).toString();
}
