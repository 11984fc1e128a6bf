// pagelend sim: replay traces under policies, frame counts and cost pairs; print, write and draw.

import {
  type ColdRead,
  media,
  parseFrames,
  parseWarmup,
  renderCsv,
  renderExplanations,
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
  type PolicySpec,
  parsePolicyList,
  policies,
} from '@pagelend/policies';
import { type Command, Option } from 'commander';
import { addCostOptions, type CostOptions, costsOf } from '../cost-options.ts';
import { CliError } from '../failure.ts';
import { checkStdinOnce } from '../input-files.ts';
import { wholeNumber } from '../numbers.ts';
import { checkDistinct, checkOutput, writeOutput } from '../output-file.ts';
import { withQuittableProgress } from '../progress.ts';
import { note, print, printJson, wrapList } from '../text.ts';

const DEFAULT_POLICIES = 'clock,car,craw,craw-rm,lru';
const DEFAULT_FRAMES = '12.5%,25%,50%,75%';
const STAGES = { decode: 'reading', curve: 'choosing sizes for', replay: 'replaying' } as const;

const TEACHES = `
Policies: ${wrapList(
  policies.map(({ name }) => name),
  90,
  '  ',
)};
  see pagelend policies.
Options of a policy follow it: --policy clock:init=0,craw-rm:start=0.5:link=lazy
A policy of your own is a file: --policy ./mine.ts

--frames auto takes up to 16 sizes, auto:24 up to 24, where the LRU curve of the trace changes:
from 1 % of its pages to the size at which LRU has cold faults only, half of them evenly spaced
on a log scale, half at the knees of the curve.

Media (illustrative; read and write cost of a page):
${Object.entries(media)
  .map(
    ([name, medium]) =>
      `  ${name.padEnd(8)}${String(medium.readCost).padStart(5)} ${String(medium.writeCost).padStart(5)}  ${medium.says}`,
  )
  .join('\n')}

Examples:
  pagelend sim doom.plt --frames 500..2000:100 --cost-ratio 2,4,8 --html doom.html
  pagelend sim a.plt b.plt --policy lru,min --frames 25%,50% --medium slc --json
  pagelend sim doom.plt --frames 25% --explain craw-rm --html why.html`;

interface SimOptions extends CostOptions {
  readonly policy: string;
  readonly frames: string;
  readonly coldRead: ColdRead;
  readonly warmup?: string;
  readonly bound?: boolean;
  readonly explain?: string;
  readonly offers?: string;
  readonly jobs?: number;
  readonly json?: boolean;
  readonly csv?: string;
  readonly parquet?: string;
  readonly html?: string;
}

export function addSim(program: Command): void {
  const command = program
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
      'frame counts: 500, 25% of the distinct pages, 500..2000:250, auto',
      DEFAULT_FRAMES,
    );
  addCostOptions(command)
    .addOption(
      new Option('--cold-read <what>', 'which first touches of a page read storage')
        .choices(['all', 'reads-only', 'none'])
        .default('all'),
    )
    .option('--warmup <number|%>', 'references to replay before counting')
    .option('--bound', 'also compute the lower bound that no policy can pass')
    .option(
      '-e, --explain <policy>',
      'also show what this policy’s lists, bits and targets did over time',
    )
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
      const label = `${STAGES[stage]} ${trace}`;
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
  for (const part of [renderSummary(result), renderExplanations(result, { width })]) {
    if (part !== '') print(`\n${part}`);
  }
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
    explain: explainedOf(options.explain),
    offers: offersOf(options.offers),
    jobs: options.jobs,
  };
}

function explainedOf(text: string | undefined): PolicySpec | undefined {
  if (text === undefined) return undefined;
  const [spec, ...others] = parsePolicyList(text);
  if (others.length === 0) return spec;
  throw new CliError('CLI_USAGE', `--explain '${text}': expected one policy, not a list`);
}

function offersOf(name: string | undefined): Observation | undefined {
  return name !== undefined && isObservation(name) ? name : undefined;
}
