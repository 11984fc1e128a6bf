// What tier.mjs shows of its runs: counts, what they cost, and how that is to CLOCK's.

import { timeBy } from './device-model.mjs';
import { median } from './random.mjs';
import { twinCounts } from './tier-twin.mjs';

const US_PER_MS = 1000;
/** A page written costs four times a page read, as in the paper. */
const PAPER_WRITE = 4;
const RATIOS = ['fetched', 'written', 'device_ms', 'read_us', 'paper_time', 'cpu_ms'];

/** One run as a row; `pages` are the contents of the stream's pages. */
export function rowOf(job, result, { model, pages }) {
  const { stream, share, policy, promotion, costs } = job;
  const left = result.written + result.clean_leavings;
  const readUs = timeBy(model.reads, result.device_reads, result.device_read_bytes);
  const writeUs = timeBy(model.writes, result.device_writes, result.device_write_bytes);
  const frames = Math.round(result.resident_mean);
  const twin = twinCounts({ ...stream, pages, policy, frames, costs });
  return {
    stream: stream.name,
    share,
    policy,
    costs: `1:${rounded(costs.write / costs.read, 2)}`,
    promotion,
    resident: frames,
    fetched: result.fetched,
    device_reads: result.device_reads,
    left,
    written: result.written,
    written_per_left: rounded(result.written / left, 3),
    cleaned: result.cleaned,
    device_ms: Math.round((readUs + writeUs) / US_PER_MS),
    of_it_writes: rounded(writeUs / (readUs + writeUs), 3),
    paper_time: result.fetched + PAPER_WRITE * (result.written + result.cleaned),
    cpu_ms: Math.round(result.cpu_us / US_PER_MS),
    // What a read waits for the device on the mean, those that find their page in memory included.
    read_us: rounded(readUs / result.reads, 1),
    // Pages that are always served from where they lie are not what the simulator has.
    fetched_to_twin: promotion === 'always' ? rounded(result.fetched / twin.fetched, 3) : null,
    written_to_twin: promotion === 'always' ? rounded(result.written / twin.written, 3) : null,
  };
}

/** The rows with their ratios to the base policy's at the same stream and share. */
export function withRatios(rows, base) {
  return rows.map((row) => {
    const other = rows.find(
      ({ stream, share, policy, promotion }) =>
        stream === row.stream && share === row.share && policy === base && promotion === 'always',
    );
    const ratios = RATIOS.map((name) => [
      `${name}_ratio`,
      other === undefined ? null : rounded(row[name] / other[name], 3),
    ]);
    return { ...row, ...Object.fromEntries(ratios) };
  });
}

/** Geometric means over the streams of what rows with ratios have in common, by share and over all. */
export function meansOf(rows) {
  const groups = new Map();
  for (const row of rows) {
    for (const share of [row.share, 'all']) {
      const what = { policy: row.policy, costs: row.costs, promotion: row.promotion, share };
      const key = JSON.stringify(what);
      if (!groups.has(key)) groups.set(key, { what, rows: [] });
      groups.get(key).rows.push(row);
    }
  }
  return [...groups.values()].map(({ what, rows: members }) => ({
    ...what,
    runs: members.length,
    ...Object.fromEntries(
      RATIOS.map((name) => [
        `${name}_ratio`,
        geometricMean(members.map((row) => row[`${name}_ratio`])),
      ]),
    ),
    written_per_left: rounded(
      members.reduce((sum, row) => sum + row.written_per_left, 0) / members.length,
      3,
    ),
  }));
}

/** Per stream and policy the median over rounds of its time to the base policy's in that round. */
export function timedRows(rounds, base) {
  const subjects = new Map(
    rounds.map(({ job }) => [`${job.stream.name} ${job.policy}`, job]),
  ).values();
  return [...subjects].map(({ stream, share, policy }) => {
    const ratioOf = (get) => {
      const own = rounds.filter(({ job }) => job.stream === stream && job.policy === policy);
      const ratios = own.map(({ round, result }) => {
        const other = rounds.find(
          ({ job, round: turn }) => turn === round && job.stream === stream && job.policy === base,
        );
        return other === undefined ? Number.NaN : get(result) / get(other.result);
      });
      return rounded(median(ratios), 3);
    };
    return {
      stream: stream.name,
      share,
      policy,
      device_time_ratio: ratioOf((result) => result.device_read_us + result.device_write_us),
      wait_ratio: ratioOf((result) => result.wait_us),
      cpu_ratio: ratioOf((result) => result.cpu_us),
    };
  });
}

function geometricMean(ratios) {
  if (ratios.some((ratio) => ratio === null)) return null;
  const sum = ratios.reduce((total, ratio) => total + Math.log(ratio), 0);
  return rounded(Math.exp(sum / ratios.length), 3);
}

function rounded(value, digits) {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
