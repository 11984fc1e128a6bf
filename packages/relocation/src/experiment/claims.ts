// What the paper states and what the experiment must show of itself, each as a rule over the rows
// that is printed beside it. Every case is one pair of runs or one group of rounds: in all of them a
// statement agrees, in none it disagrees, else in part.

import { type Claim, type ClaimCase, grouped, percent, type Verdict } from '@pagelend/lab';
import type { Configuration, Regime } from './plan.ts';
import type {
  RelocationFailure,
  RelocationGain,
  RelocationRow,
  RelocationSummary,
} from './result.ts';
import { pairsOf } from './summaries.ts';

export interface Measured {
  readonly rows: readonly RelocationRow[];
  readonly failures: readonly RelocationFailure[];
  readonly summaries: readonly RelocationSummary[];
  readonly gains: readonly RelocationGain[];
  readonly publishedGainPercent: number;
  readonly equalPercent: number;
}

export function claimsOf(measured: Measured): Claim[] {
  return [
    moreFree(measured, 'clean'),
    publishedInRange(measured),
    predicted(measured),
    bothSwap(measured),
    jobTime(measured),
    moreFree(measured, 'pressure'),
    nothingLost(measured),
  ];
}

/** The paper's Figure 2: more free pages with the space moved to another machine. */
function moreFree({ rows }: Measured, regime: Regime): Claim {
  const cases = pairsOf(rows)
    .flat()
    .filter(({ lent }) => lent.regime === regime)
    .map(({ lent, zram }): ClaimCase => {
      const gain = lent.free_pages / zram.free_pages - 1;
      return {
        where: `${hogWords(lent.hog_bytes)}, round ${lent.round}`,
        measured: `${pages(lent.free_pages)} instead of ${pages(zram.free_pages)} free pages: ${signed(gain)} %`,
        agrees: gain > 0,
      };
    });
  const where =
    regime === 'clean' ? 'with a fixed amount swapped out' : 'under plain pressure on memory';
  return claim(
    `more-free-${regime}`,
    `Lent swap leaves more free memory than compressed swap inside the guest, ${where}`,
    'the mean of free pages during the job is greater with lent than with zram, in runs of the same round',
    cases,
  );
}

/** The paper gives one number and neither the hog's size nor how its pages compress. */
function publishedInRange({ gains, publishedGainPercent: published }: Measured): Claim {
  const clean = gains.filter(({ regime }) => regime === 'clean');
  const medians = clean.map(({ measured_percent }) => measured_percent.median);
  const [least, most] = [Math.min(...medians), Math.max(...medians)];
  // One size makes no range.
  const cases: ClaimCase[] =
    clean.length < 2
      ? []
      : [
          {
            where: `hogs of ${clean.map(({ hog_bytes }) => mebibytes(hog_bytes)).join(', ')} MiB`,
            measured: `${signed(least / 100)} to ${signed(most / 100)} %`,
            agrees: least <= published && published <= most,
          },
        ];
  return claim(
    'published-in-range',
    `The gain is ${published} % on average`,
    'the published number lies between the least and the greatest gain over the sizes of the hog, a fixed amount swapped out',
    cases,
  );
}

function predicted({ gains, equalPercent }: Measured): Claim {
  const cases = gains
    .filter(({ regime }) => regime === 'clean')
    .flatMap((gain): ClaimCase[] => {
      const { hog_bytes, measured_pages, measured_before_job_pages: before } = gain;
      const { measured_alike_pages: alike, predicted_pages } = gain;
      const one = (when: string, measured: number, apart: number): ClaimCase => ({
        where: `${hogWords(hog_bytes)}, ${when}`,
        measured: `predicted ${pages(predicted_pages.median)}, measured ${pages(measured)} pages: ${signed(apart / 100)} %`,
        agrees: Math.abs(apart) <= equalPercent,
      });
      return [
        one('just before the job', before.median, gain.apart_before_job_percent),
        one('mean over the job', measured_pages.median, gain.apart_percent),
        one('the same, the job’s own pages made alike', alike.median, gain.apart_alike_percent),
      ];
    });
  return claim(
    'predicted',
    'What is gained is what the compressed pages took in the guest',
    `the gain in free pages and the pages of zram’s pool differ by at most ${equalPercent} % (our line), a fixed amount swapped out`,
    cases,
  );
}

function bothSwap({ summaries }: Measured): Claim {
  const cases = summaries
    .filter(({ configuration }) => configuration === 'lent' || configuration === 'zram')
    .map(({ regime, configuration, swapped_out_pages: out }): ClaimCase => {
      return {
        where: `${configuration}, ${regime}`,
        measured: `${pages(out.median)} pages out (${pages(out.least)} to ${pages(out.most)})`,
        agrees: out.least > 0,
      };
    });
  return claim(
    'both-swap',
    'Both ways of swapping are in use',
    'pages left for the swap device in every round, before or during the job',
    cases,
  );
}

/** Under pressure alone: in the clean regime no job swaps. */
function jobTime({ summaries }: Measured): Claim {
  const time = (name: Configuration): number | null =>
    summaries.find((one) => one.regime === 'pressure' && one.configuration === name)?.job_seconds
      .median ?? null;
  const [lent, zram] = [time('lent'), time('zram')];
  const cases = (['nbdkit', 'disk'] as const).flatMap((name): ClaimCase[] => {
    const other = time(name);
    if (lent === null || zram === null || other === null) return [];
    return [
      {
        where: `beside ${name}`,
        measured: `lent ${seconds(lent)}, zram ${seconds(zram)}, ${name} ${seconds(other)} s`,
        agrees: Math.abs(lent - zram) < Math.abs(other - zram),
      },
    ];
  });
  return claim(
    'job-time',
    'With lent swap the job takes about the time that it takes with zram, under pressure',
    'the job’s median time with lent is nearer to that with zram than the other’s is',
    cases,
  );
}

function nothingLost({ rows, failures }: Measured): Claim {
  const configurations = [...new Set(rows.map(({ configuration }) => configuration))];
  const cases = configurations.map((configuration): ClaimCase => {
    const mine = rows.filter((row) => row.configuration === configuration);
    const words = mine.reduce((sum, row) => sum + row.hog_words, 0);
    const wrong = mine.reduce(
      (sum, row) => sum + row.hog_words_wrong + row.companion_words_wrong,
      0,
    );
    const complaints = mine.reduce((sum, row) => sum + row.kernel_complaints.length, 0);
    const failed = failures.filter((one) => one.configuration === configuration).length;
    return {
      where: `${configuration}, ${mine.length} ${mine.length === 1 ? 'run' : 'runs'}`,
      measured:
        `${grouped(words)} words looked at, ${wrong === 0 ? 'none' : grouped(wrong)} wrong; ` +
        `${complaints === 0 ? 'no' : grouped(complaints)} complaints of kernels; ${failed === 0 ? 'no' : failed} failed runs`,
      agrees: wrong === 0 && complaints === 0 && failed === 0,
    };
  });
  return claim(
    'nothing-lost',
    'No page comes back wrong, and no guest sees an error',
    'every word of the hogs is what was written, the kernels’ logs have no failed input or output, and no run failed',
    cases,
  );
}

function claim(id: string, says: string, rule: string, cases: readonly ClaimCase[]): Claim {
  const agreeing = cases.filter(({ agrees }) => agrees).length;
  return { id, says, rule, verdict: verdictOf(agreeing, cases.length), agreeing, cases };
}

function verdictOf(agreeing: number, count: number): Verdict {
  if (count === 0) return 'not measured';
  if (agreeing === count) return 'agrees';
  return agreeing === 0 ? 'disagrees' : 'in part';
}

function hogWords(bytes: number): string {
  return `a hog of ${mebibytes(bytes)} MiB`;
}

function mebibytes(bytes: number): string {
  return grouped(Math.round(bytes / 2 ** 20));
}

function pages(value: number): string {
  return grouped(Math.round(value));
}

function seconds(value: number): string {
  return value.toFixed(2);
}

/** With its sign, because it may be either. */
function signed(share: number): string {
  return `${share > 0 ? '+' : ''}${percent(share)}`;
}
