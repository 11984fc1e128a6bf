// pagelend trace reduce: a shorter trace that replays to the same or nearly the same counts, and
// the measurement of how nearly.

import { DEFAULT_COSTS, parseFrames, type SimRow, sweep } from '@pagelend/lab';
import { parsePolicyList } from '@pagelend/policies';
import { type ReduceMethod, type ReduceResult, reduceMethods, reduceTrace } from '@pagelend/trace';
import type { Command } from 'commander';
import { CliError } from '../failure.ts';
import { STDIN_ONCE } from '../input-files.ts';
import { interruptible } from '../interrupt.ts';
import { checkDistinct, isRegularOutput } from '../output-file.ts';
import { withProgress, withQuittableProgress } from '../progress.ts';
import { columns, count, showDone } from '../text.ts';

const MEASURED_POLICIES = 'clock,clock:init=0,lru,car,craw,craw-rm,cflru';
const MEASURED_FRAMES = '12.5%,25%,50%,75%';

const TEACHES = `
Methods:
${reduceMethods.map(({ name, description }) => `  ${name.padEnd(10)}${description}`).join('\n')}

Both traces are then replayed under ${MEASURED_POLICIES}
at ${MEASURED_FRAMES} of the distinct pages, and the largest difference of each
policy's counts is printed. --no-measure skips that; so does writing to stdout,
a pipe or a device, which cannot be read again.

Example:
  pagelend trace reduce doom.plt --method window:32 -o doom-small.plt`;

interface ReduceFlags {
  readonly output: string;
  readonly method: ReduceMethod;
  readonly measure: boolean;
  readonly json?: boolean;
}

interface Difference {
  readonly policy: string;
  /** Largest difference over the frame counts, as a share of the whole trace's count. */
  readonly faults: number;
  readonly writebacks: number;
}

export function addTraceReduce(trace: Command): void {
  trace
    .command('reduce')
    .description('shorten a trace, and measure what that does to the counts of policies')
    .argument('<in>', 'the trace; - is stdin and needs --no-measure')
    .requiredOption('-o, --output <file>', 'the shorter trace to write, - for stdout')
    .requiredOption('--method <name>', 'how to shorten: runs, or window:N')
    .option('--no-measure', 'do not replay both to compare')
    .option('--json', 'print JSON')
    .addHelpText('after', TEACHES)
    .action(reduce);
}

async function reduce(input: string, flags: ReduceFlags): Promise<void> {
  const { output, method } = flags;
  checkDistinct([output], [input]);
  const measures = flags.measure && isRegularOutput(output);
  if (measures && input === '-') {
    throw new CliError('CLI_USAGE', `${STDIN_ONCE}, or give --no-measure`);
  }
  const result = await interruptible((signal) =>
    withProgress((progress) =>
      reduceTrace({
        input,
        output,
        method,
        signal,
        onProgress: (state) => progress.trace(`reducing ${input}`, state),
      }),
    ),
  );
  const differences = measures ? await measure(input, output) : [];
  const text = asText(output, result, differences);
  showDone(output, flags.json === true, text, asJson(flags, result, differences));
}

function asText(
  output: string,
  { referencesBefore: before, referencesAfter: after }: ReduceResult,
  differences: readonly Difference[],
): string {
  const line = `${output}: ${count(after)} of ${count(before)} references, ${(before / after).toFixed(1)} times shorter`;
  if (differences.length === 0) return line;
  const rows = differences.map(({ policy, faults, writebacks }) => [
    policy,
    `${(100 * faults).toFixed(3)} %`,
    `${(100 * writebacks).toFixed(3)} %`,
  ]);
  const head = ['policy', 'faults differ by', 'write-backs differ by'];
  return `${line}\n\n${columns(head, rows, [1, 2])}`;
}

function asJson(
  { output, method }: ReduceFlags,
  { referencesBefore, referencesAfter }: ReduceResult,
  differences: readonly Difference[],
): object {
  return {
    schema: 'pagelend.trace-reduce/1',
    trace: output,
    method,
    references_before: referencesBefore,
    references_after: referencesAfter,
    differences: differences.map(({ policy, faults, writebacks }) => ({
      policy,
      faults_share: faults,
      writebacks_share: writebacks,
    })),
  };
}

async function measure(before: string, after: string): Promise<Difference[]> {
  const { rows } = await withQuittableProgress((progress) =>
    sweep(
      {
        traces: [before, after],
        policies: parsePolicyList(MEASURED_POLICIES),
        frames: parseFrames(MEASURED_FRAMES),
        costs: [DEFAULT_COSTS],
      },
      ({ trace, done, total }) =>
        progress.show(`comparing ${trace}`, total === null ? 0 : done / total),
    ),
  );
  const half = rows.length / 2;
  return MEASURED_POLICIES.split(',').map((policy) => {
    const pairs = rows
      .slice(0, half)
      .map((row, i): [SimRow, SimRow] => [row, rows[half + i]!])
      .filter(([row]) => row.policy === policy);
    return {
      policy,
      faults: Math.max(...pairs.map(([a, b]) => share(a.faults, b.faults))),
      writebacks: Math.max(...pairs.map(([a, b]) => share(a.writebacks, b.writebacks))),
    };
  });
}

function share(whole: number, other: number): number {
  return whole === 0 ? (other === 0 ? 0 : 1) : Math.abs(other - whole) / whole;
}
