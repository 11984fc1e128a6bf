// What real guests did, as `reproduce relocation --json` printed it, read for the model to be held
// against: means over the rounds of each size of the hog that was measured both lent and with zram.

import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { RelocationError } from '../errors.ts';
import { meanOver } from '../mean.ts';
import type { Contents } from './contents.ts';
import type { ZsmallocVersion } from './zsmalloc.ts';

/** What comes with the repository to be compared, by its path there. */
export const SHIPPED_MEASUREMENT = 'experiments/relocation-measured/three-rounds.json';

/** A result of `reproduce relocation`, as far as the model can be held against it. */
export interface Measurement {
  /** The file, as users are told of it. */
  readonly from: string;
  readonly guestKind: string;
  readonly guestKernel: string;
  readonly memoryBytes: number;
  readonly rounds: number;
  readonly pairs: readonly MeasuredPair[];
}

/** One size of the hog, measured with swap lent and with zram; pages are means over the job. */
export interface MeasuredPair {
  readonly name: string;
  /** Of memory, in the run with zram and in the one with lent: kernels do not always find the same. */
  readonly totalPages: number;
  readonly lentTotalPages: number;
  readonly hogBytes: number;
  readonly swappedPages: number;
  /** Name of the hog's contents. */
  readonly content: string;
  readonly lentFreePages: number;
  readonly zramFreePages: number;
  readonly zramPoolPages: number;
  /** Gain in pages without differences in anonymous pages and page cache; null where not measured. */
  readonly alikeGainPages: number | null;
  readonly zsmalloc: ZsmallocVersion;
}

const count = v.pipe(v.number(), v.minValue(0));

/** What is needed of a result of `reproduce relocation`. */
const measuredSchema = v.object({
  schema: v.literal('pagelend.reproduce-relocation/1'),
  setup: v.object({
    guest_kind: v.string(),
    guest_kernel: v.string(),
    memory_bytes: count,
    compressible_percent: count,
    rounds: count,
  }),
  rows: v.array(
    v.object({
      regime: v.string(),
      configuration: v.string(),
      hog_bytes: count,
      total_pages: count,
      free_pages: count,
      pool_pages: count,
      swap_used_pages: count,
    }),
  ),
  gains: v.array(
    v.object({
      regime: v.string(),
      hog_bytes: count,
      measured_alike_pages: v.object({ median: v.number() }),
    }),
  ),
});
type MeasuredFile = v.InferOutput<typeof measuredSchema>;

/** Reads what `reproduce relocation --json` printed; throws where it has nothing to compare. */
export function loadMeasurement(path: string, from: string): Measurement {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RelocationError('RELOCATION_MEASURED', `${from}: cannot be read: ${why}`);
  }
  const parsed = parseMeasured(json, from);
  const { setup } = parsed;
  const pairs = pairsOf(parsed);
  if (pairs.length === 0) {
    throw new RelocationError(
      'RELOCATION_MEASURED',
      `${from}: no size of the hog was measured both lent and with zram in the clean regime, which is what is compared`,
    );
  }
  const { guest_kind: guestKind, guest_kernel: guestKernel, rounds } = setup;
  return { from, guestKind, guestKernel, memoryBytes: setup.memory_bytes, rounds, pairs };
}

/** The clean pairs of a measured result, means over its rounds. */
export function measuredPairs(json: unknown, path: string): MeasuredPair[] {
  return pairsOf(parseMeasured(json, path));
}

/** Refuses hogs of which no page was recorded, in the words of the file that has them. */
export function checkContents({ from, pairs }: Measurement, { classes }: Contents): void {
  const strange = pairs.find(({ content }) => !classes.some(({ name }) => name === content));
  if (strange === undefined) return;
  const known = classes.filter(({ kind }) => kind === 'hog').map(({ name }) => name);
  throw new RelocationError(
    'RELOCATION_MEASURED',
    `${from}: its hog is ${strange.content}, of which no pages are recorded; there are ${known.join(', ')}`,
  );
}

function parseMeasured(json: unknown, path: string): MeasuredFile {
  const parsed = v.safeParse(measuredSchema, json);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const where = v.getDotPath(issue) ?? 'the file';
    throw new RelocationError('RELOCATION_MEASURED', `${path}: ${where}: ${issue.message}`);
  }
  return parsed.output;
}

function pairsOf({ rows, setup, gains }: MeasuredFile): MeasuredPair[] {
  const clean = rows.filter(({ regime }) => regime === 'clean');
  const hogs = [...new Set(clean.map(({ hog_bytes }) => hog_bytes))].sort((a, b) => a - b);
  return hogs.flatMap((hogBytes) => {
    const of = (name: string) =>
      clean.filter((row) => row.hog_bytes === hogBytes && row.configuration === name);
    const [lent, zram] = [of('lent'), of('zram')];
    if (lent.length === 0 || zram.length === 0) return [];
    const gain = gains.find((one) => one.regime === 'clean' && one.hog_bytes === hogBytes);
    return [
      {
        name: `hog ${Math.round(hogBytes / 2 ** 20)} MiB`,
        totalPages: meanOver(zram, ({ total_pages }) => total_pages),
        lentTotalPages: meanOver(lent, ({ total_pages }) => total_pages),
        hogBytes,
        swappedPages: meanOver(zram, ({ swap_used_pages }) => swap_used_pages),
        content: `hog-${setup.compressible_percent}`,
        lentFreePages: meanOver(lent, ({ free_pages }) => free_pages),
        zramFreePages: meanOver(zram, ({ free_pages }) => free_pages),
        zramPoolPages: meanOver(zram, ({ pool_pages }) => pool_pages),
        alikeGainPages: gain?.measured_alike_pages.median ?? null,
        zsmalloc: versionOf(setup.guest_kernel),
      },
    ];
  });
}

/** Chains are at most 8 pages from Linux 6.3 on. */
function versionOf(release: string): ZsmallocVersion {
  const [major = 0, minor = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
  return major > 6 || (major === 6 && minor >= 3) ? '6.3' : '6.1';
}
