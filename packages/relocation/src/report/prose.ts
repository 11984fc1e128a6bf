// The sentences of the page: what was measured and what came out, and what differs from the paper's
// set-up.

import {
  capitalised,
  counted,
  countedInWords,
  escaped,
  grouped,
  listed,
  typeset,
} from '@pagelend/lab';
import type { RelocationResult } from '../experiment/result.ts';
import { configurationWords, guestWords, mebibytes, pages, signedPercent } from './words.ts';

export function abstract(result: RelocationResult): string {
  const sentences = [measured(result), cameOut(result), underPressure(result), verdicts(result)];
  return `<p class="abstract">${escaped(sentences.filter((one) => one !== '').join(' '))}</p>`;
}

function measured({ setup, rows }: RelocationResult): string {
  return (
    `${capitalised(counted(rows.length, 'run'))} of two guests each (${guestWords(setup)}): one with a memory hog in the ` +
    `background and then a build job in ${mebibytes(setup.memory_bytes)} of memory, the other at work beside it, ` +
    `with swap ${listed(setup.configurations.map((one) => (one === 'none' ? 'left out' : one === 'disk' ? 'on a disk' : one === 'zram' ? 'compressed inside the guest (zram)' : one === 'lent' ? 'lent by pagelend' : 'served by nbdkit')))}.`
  );
}

function cameOut({ gains, published }: RelocationResult): string {
  const clean = gains.filter(({ regime }) => regime === 'clean');
  if (clean.length === 0) return '';
  const medians = clean.map(({ measured_percent }) => measured_percent.median);
  const sizes = clean.map(({ hog_bytes }) => hog_bytes);
  const [least, most] = [Math.min(...medians), Math.max(...medians)].map((value) =>
    typeset(signedPercent(value)),
  );
  const furthest = (values: readonly number[]): string =>
    Math.max(...values.map(Math.abs)).toFixed(1);
  const before = furthest(clean.map(({ apart_before_job_percent: apart }) => apart));
  const alike = furthest(clean.map(({ apart_alike_percent: apart }) => apart));
  const during = furthest(clean.map(({ apart_percent: apart }) => apart));
  const range =
    clean.length === 1
      ? `${most}\u00a0% with a hog of ${mebibytes(sizes[0]!)}`
      : `${least} to ${most}\u00a0% with hogs of ${mebibytes(Math.min(...sizes))} to ${mebibytes(Math.max(...sizes))}`;
  return (
    `With a fixed amount swapped out, lent swap leaves more free memory than zram: ${range}; the paper publishes ` +
    `${published.gain_percent}\u00a0% and no such size. The gain in pages is the size of zram\u2019s pool to within ${before}\u00a0% just before the job and ${during}\u00a0% as a mean over it (${alike}\u00a0% with the job\u2019s own pages made alike).`
  );
}

function underPressure({ gains }: RelocationResult): string {
  const gain = gains.find(({ regime }) => regime === 'pressure');
  if (gain === undefined) return '';
  const { median, least, most } = gain.measured_percent;
  const words = [median, least, most].map((value) => typeset(signedPercent(value)));
  return (
    `Under plain pressure the kernel holds free pages at its watermarks whatever it swaps to, and the gain ` +
    `shows elsewhere: ${words[0]}\u00a0% in free pages${gain.pairs > 1 ? ` (${words[1]} to ${words[2]})` : ''}.`
  );
}

function verdicts({ claims }: RelocationResult): string {
  const agreeing = claims.filter(({ verdict }) => verdict === 'agrees').length;
  return `Of ${countedInWords(claims.length, 'statement')}, ${countedInWords(agreeing, '', '').trim()} ${agreeing === 1 ? 'agrees' : 'agree'} in every case.`;
}

/** Notes as HTML, one a paragraph. */
export function notes(result: RelocationResult): string[] {
  const { setup, published } = result;
  const failures = result.failures.map(
    ({ configuration, regime, round, message }) =>
      `<b>A run failed.</b> ${escaped(`${configuration}, ${regime}, round ${round}: ${message}`)}`,
  );
  const complaints = result.rows.flatMap(({ kernel_complaints, configuration, order }) =>
    kernel_complaints.map(
      (line) =>
        `<b>A kernel complained</b> in run ${order} (${configuration}): <code>${escaped(line)}</code>`,
    ),
  );
  return [
    `<b>Measured on</b> ${escaped(guestWords(setup))}, on a host with ${countedInWords(setup.host_cores, 'processor')} and Linux ${escaped(setup.host_kernel)}; ` +
      `${mebibytes(setup.memory_bytes)} for the guest that swaps, ${mebibytes(setup.companion_memory_bytes)} for the other. ${escaped(setup.full ? 'The paper\u2019s sizes (--full).' : 'Smaller than the paper\u2019s; --full has its sizes.')}`,
    `<b>The paper</b> ran ${countedInWords(published.guests, 'guest')} of ${mebibytes(published.guest_memory_bytes)} on ${escaped(published.hypervisor)} with ${escaped(published.kernels)}, moved pages by ${escaped(published.transfer)}, ` +
      `and measured ${escaped(published.job)}. Here pages travel over NBD to a virtio disk, kernels are of today, and the job is ${escaped(setup.job)}.`,
    `<b>A fixed amount swapped out:</b> the hog sits in a memory cgroup and is reclaimed until it is out; then the job runs, and nothing presses. ` +
      `<b>Plain pressure:</b> hog and job together exceed the guest\u2019s memory.`,
    `<b>Free pages</b> are MemFree, sampled every ${grouped(setup.sample_ms)}\u00a0ms while the job runs and at no other time. Each configuration has the same seed, the same hog (${grouped(setup.compressible_percent)}\u00a0% of each page compressible) and the same job; ` +
      'rounds go through all configurations, every second one backwards.',
    `<b>The store</b> is what keeps the pages: zram\u2019s pool lies in the guest, the lender\u2019s and nbdkit\u2019s on the host. nbdkit counts nothing; the growth of its process stands there.`,
    `<b>The disk</b> is ${escaped(setup.disk_cache)}.`,
    `<b>The other guest</b> swaps in the same way to a lease, pool or disk of its own: a hog of ${mebibytes(setup.companion_hog_bytes)} that is out at the start, and that is read and checked over and over while the first guest\u2019s job runs.`,
    `<b>Compared:</b> ${escaped(setup.configurations.map((one) => `${one} (${configurationWords[one]})`).join(', '))}.`,
    ...failures,
    ...complaints,
  ];
}

export function accountSays(): string {
  return (
    '<b>Table 3.</b> Pages in the guest with zram that are free with lent swap; means over the pairs of runs. What was ' +
    'swapped out, how it compressed, and what zram\u2019s allocator adds make the prediction; the other parts of the ' +
    'guest\u2019s memory, as meminfo names them, make up the rest, so that all lines together are the measured gain.'
  );
}

export function summarySays({ setup }: RelocationResult): string {
  return (
    `<b>Table 2.</b> Means over the job\u2019s samples; medians of the rounds, least and greatest below. Processor time is what the guest\u2019s machine took of the host meanwhile, which other work on the host changes less. Pages swapped out count from the hog\u2019s start. ` +
    `A page is ${pages(4096)} bytes, the guest has ${pages(setup.memory_bytes / 4096)}.`
  );
}
