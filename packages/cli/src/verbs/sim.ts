// pagelend sim: replay traces under policies, frame counts and cost pairs; print, write and draw.

import {
  type ColdRead,
  type CostPair,
  DEFAULT_COSTS,
  media,
  mediumCosts,
  parseFrames,
  parseWarmup,
  renderCsv,
  renderReport,
  renderSummary,
  renderTable,
  type SimResult,
  type SweepPlan,
  sweep,
  writeParquet,
} from '@pagelend/lab';
import {
  isObservation,
  type Observation,
  observations,
  parsePolicyList,
  policies,
} from '@pagelend/policies';
import { type Command, Option } from 'commander';
import { CliError } from '../failure.ts';
import { checkStdinOnce } from '../input-files.ts';
import { plainNumber, positiveNumbers, wholeNumber } from '../numbers.ts';
import { checkDistinct, checkOutput, writeOutput } from '../output-file.ts';
import { withQuittableProgress } from '../progress.ts';
import { note, print, printJson } from '../text.ts';

const DEFAULT_POLICIES = 'clock,car,craw,craw-rm,lru';
const DEFAULT_FRAMES = '12.5%,25%,50%,75%';

const TEACHES = `
Policies: ${policies.map(({ name }) => name).join(', ')}; see pagelend policies.
Options of a policy follow it: --policy clock:init=0,craw-rm:start=0.5:link=lazy
A policy of your own is a file: --policy ./mine.ts

Media (illustrative; read and write cost of a page):
${Object.entries(media)
  .map(
    ([name, medium]) =>
      `  ${name.padEnd(8)}${String(medium.readCost).padStart(5)} ${String(medium.writeCost).padStart(5)}  ${medium.says}`,
  )
  .join('\n')}

Examples:
  pagelend sim doom.plt --frames 500..2000:100 --cost-ratio 2,4,8 --html doom.html
  pagelend sim a.plt b.plt --policy lru,min --frames 25%,50% --medium slc --json`;

interface SimOptions {
  readonly policy: string;
  readonly frames: string;
  readonly medium?: string;
  readonly readCost?: number;
  readonly writeCost?: number;
  readonly costRatio?: readonly number[];
  readonly coldRead: ColdRead;
  readonly warmup?: string;
  readonly bound?: boolean;
  readonly offers?: string;
  readonly jobs?: number;
  readonly json?: boolean;
  readonly csv?: string;
  readonly parquet?: string;
  readonly html?: string;
}

export function addSim(program: Command): void {
  program
    .command('sim')
    .description('replay traces under replacement policies and compare their I/O time')
    .argument('<trace...>', 'trace files; - is stdin')
    .option(
      '-p, --policy <list>',
      'policies by comma, as in clock:init=0,lru,./mine.ts',
      DEFAULT_POLICIES,
    )
    .option(
      '-f, --frames <list>',
      'frame counts: 500, 25% of the distinct pages, 500..2000:250',
      DEFAULT_FRAMES,
    )
    .option('-m, --medium <list>', 'storage media by name, by comma; each sets both costs')
    .option('--read-cost <number>', 'cost of reading a page (default: 1)', plainNumber)
    .option('--write-cost <number>', 'cost of writing a page back (default: 4)', plainNumber)
    .option(
      '--cost-ratio <list>',
      'several write costs at a read cost of 1, as in 2,4,8',
      positiveNumbers,
    )
    .addOption(
      new Option('--cold-read <what>', 'which first touches of a page read storage')
        .choices(['all', 'reads-only', 'none'])
        .default('all'),
    )
    .option('--warmup <number|%>', 'references to replay before counting')
    .option('--bound', 'also compute the lower bound that no policy can pass')
    .addOption(
      new Option(
        '--offers <bits>',
        'what the host shows; policies that observe more are refused',
      ).choices(Object.keys(observations)),
    )
    .option('-j, --jobs <number>', 'worker threads (default: one per core)', wholeNumber(1))
    .option('--json', 'print JSON (schema pagelend.sim/1)')
    .option('--csv <file>', 'write the rows as CSV; - for stdout instead of the table')
    .option('--parquet <file>', 'write the rows as Parquet, - likewise')
    .option('--html <file>', 'write the report: one file, opens anywhere; - likewise')
    .addHelpText('after', TEACHES)
    .action((traces: string[], options: SimOptions) => simulate(traces, options));
}

async function simulate(traces: readonly string[], options: SimOptions): Promise<void> {
  const plan = planOf(traces, options);
  const files = [options.csv, options.parquet, options.html].filter((path) => path !== undefined);
  checkDistinct(options.json === true ? [...files, '-'] : files, plan.traces);
  for (const path of files) checkOutput(path);
  const result = await withQuittableProgress((progress) =>
    sweep(plan, ({ trace, stage, done, total }) => {
      const label = `${stage === 'decode' ? 'reading' : 'replaying'} ${trace}`;
      progress.show(label, total === null ? 0 : done / total);
    }),
  );
  await writeFiles(result, options);
  if (!files.includes('-') || options.json === true) show(result, options);
}

/** Stdout comes last: its reader may be gone, which ends the process, and no file may be lost. */
async function writeFiles(result: SimResult, options: SimOptions): Promise<void> {
  const outputs: [path: string | undefined, render: () => string | Promise<Uint8Array>][] = [
    [options.csv, () => renderCsv(result)],
    [options.parquet, () => writeParquet(result)],
    [options.html, () => renderReport(result)],
  ];
  const toStdout = outputs.filter(([path]) => path === '-');
  for (const [path, render] of [...outputs.filter(([path]) => path !== '-'), ...toStdout]) {
    if (path === undefined) continue;
    writeOutput(path, await render());
    if (path !== '-') note(`wrote ${path}`);
  }
}

function show(result: SimResult, options: SimOptions): void {
  if (options.json === true) {
    printJson(result);
    return;
  }
  const hasColor = process.stdout.isTTY === true && (process.env.NO_COLOR ?? '') === '';
  const width = process.stdout.columns;
  print(renderTable(result, { color: hasColor, ...(width === undefined ? {} : { width }) }));
  const summary = renderSummary(result);
  if (summary !== '') print(`\n${summary}`);
}

function planOf(traces: readonly string[], options: SimOptions): SweepPlan {
  checkStdinOnce(traces);
  return {
    traces: [...new Set(traces)],
    policies: parsePolicyList(options.policy),
    frames: parseFrames(options.frames),
    costs: costsOf(options),
    coldRead: options.coldRead,
    warmup: options.warmup === undefined ? undefined : parseWarmup(options.warmup),
    bound: options.bound,
    offers: offersOf(options.offers),
    jobs: options.jobs,
  };
}

function offersOf(name: string | undefined): Observation | undefined {
  return name !== undefined && isObservation(name) ? name : undefined;
}

function costsOf({ medium, readCost, writeCost, costRatio }: SimOptions): CostPair[] {
  const hasCosts = readCost !== undefined || writeCost !== undefined;
  const ways = [medium !== undefined, hasCosts, costRatio !== undefined].filter(Boolean).length;
  if (ways > 1) {
    throw new CliError(
      'CLI_USAGE',
      'costs are given in one way: --medium, or --read-cost and --write-cost, or --cost-ratio',
    );
  }
  if (medium !== undefined) {
    return [...new Set(medium.split(',').map((name) => name.trim()))].map(mediumCosts);
  }
  if (costRatio !== undefined) {
    return costRatio.map((ratio) => ({ medium: null, read: 1, write: ratio }));
  }
  const { read, write } = DEFAULT_COSTS;
  return [{ medium: null, read: readCost ?? read, write: writeCost ?? write }];
}
