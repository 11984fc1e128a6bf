// pagelend curve: miss-ratio and I/O-time curves over memory size.

import {
  type ColdRead,
  type CurvePlan,
  type CurveResult,
  measureCurves,
  parseFrames,
  parseWarmup,
  renderCurveCsv,
  renderCurvePage,
  renderCurves,
} from '@pagelend/lab';
import { parsePolicyList } from '@pagelend/policies';
import { type Command, Option } from 'commander';
import { addCostOptions, type CostOptions, costsOf } from '../cost-options.ts';
import { checkStdinOnce } from '../input-files.ts';
import { share, wholeNumber } from '../numbers.ts';
import { checkDistinct, checkOutput, writeOutput } from '../output-file.ts';
import { withQuittableProgress } from '../progress.ts';
import { note, print, printJson } from '../text.ts';

const SEEDS_MIN = 2;
const STAGES = { decode: 'reading', curve: 'measuring', replay: 'replaying' } as const;

const TEACHES = `
LRU is exact at every size, from one pass over the trace: reads from stack distances, write-backs
from the largest distance between two writes of a page. So --policy lru costs the same for one
size as for a thousand. Other policies are simulated at each size. Where a trace has more pages
than the samples would hold together (4 × 8,192 by default), they are estimated from samples of
its pages, chosen by a hash, in memories that are smaller in proportion; such rows say exact:
false and carry the standard error from the spread between the samples. --sample 1 replays
everything, --sample 5% makes samples of that share of the pages, on any trace. Sizes with fewer
than 16 frames in a sample are replayed whole.

--frames auto takes up to 16 sizes where the LRU curve of the trace changes, auto:24 up to 24.

Examples:
  pagelend curve app.plt                                       LRU at 16 sizes, in seconds
  pagelend curve app.plt --policy lru,clock,craw-rm --html curve.html
  pagelend curve big.plt --policy clock,arc --seeds 8 --json   narrower errors`;

interface CurveOptions extends CostOptions {
  readonly policy: string;
  readonly frames: string;
  readonly coldRead: ColdRead;
  readonly warmup?: string;
  readonly sample?: number;
  readonly seeds?: number;
  readonly jobs?: number;
  readonly json?: boolean;
  readonly csv?: string;
  readonly html?: string;
}

export function addCurve(program: Command): void {
  const command = program
    .command('curve')
    .description('miss-ratio and I/O-time curves: LRU exactly in one pass, others by sampling')
    .argument('<trace...>', 'trace files; - is stdin')
    .option('-p, --policy <list>', 'policies by comma, as in lru,clock:init=0,./mine.ts', 'lru')
    .option(
      '-f, --frames <list>',
      'frame counts: auto, auto:24, 500, 25% of the distinct pages, 500..2000:250',
      'auto',
    );
  addCostOptions(command)
    .addOption(
      new Option('--cold-read <what>', 'which first touches of a page read storage')
        .choices(['all', 'reads-only', 'none'])
        .default('all'),
    )
    .option('--warmup <number|%>', 'references to replay before counting')
    .option('--sample <share>', 'share of the pages in each sample; 1 replays everything', share)
    .option(
      '--seeds <number>',
      'samples, each from its own seed (default: 4)',
      wholeNumber(SEEDS_MIN),
    )
    .option('-j, --jobs <number>', 'worker threads (default: one per core)', wholeNumber(1))
    .option('--json', 'print JSON (schema pagelend.curve/1)')
    .option('--csv <file>', 'write the rows as CSV; - for stdout instead of the table')
    .option('--html <file>', 'write the page: one file, opens anywhere; - likewise')
    .addHelpText('after', TEACHES)
    .action((traces: string[], options: CurveOptions) => curve(traces, options));
}

async function curve(traces: readonly string[], options: CurveOptions): Promise<void> {
  const plan = planOf(traces, options);
  const files = [options.csv, options.html].filter((path) => path !== undefined);
  checkDistinct(options.json === true ? [...files, '-'] : files, plan.traces);
  for (const path of files) checkOutput(path);
  const result = await withQuittableProgress((progress) =>
    measureCurves(plan, ({ trace, stage, done, total }) =>
      progress.show(`${STAGES[stage]} ${trace}`, total === null ? 0 : done / total),
    ),
  );
  writeFiles(result, options);
  if (options.json === true) printJson(result);
  else if (!files.includes('-')) show(result);
}

/** Stdout comes last: its reader may be gone, which ends the process, and no file may be lost. */
function writeFiles(result: CurveResult, options: CurveOptions): void {
  const outputs: [path: string | undefined, render: (result: CurveResult) => string][] = [
    [options.csv, renderCurveCsv],
    [options.html, renderCurvePage],
  ];
  const toStdout = outputs.filter(([path]) => path === '-');
  for (const [path, render] of [...outputs.filter(([path]) => path !== '-'), ...toStdout]) {
    if (path === undefined) continue;
    writeOutput(path, render(result));
    if (path !== '-') note(`wrote ${path}`);
  }
}

function show(result: CurveResult): void {
  const isTerminal = process.stdout.isTTY === true;
  const color = isTerminal && (process.env.NO_COLOR ?? '') === '';
  const width = process.stdout.columns;
  print(
    renderCurves(result, { color, plot: isTerminal, ...(width === undefined ? {} : { width }) }),
  );
}

function planOf(traces: readonly string[], options: CurveOptions): CurvePlan {
  checkStdinOnce(traces);
  return {
    traces: [...new Set(traces)],
    policies: parsePolicyList(options.policy),
    frames: parseFrames(options.frames),
    costs: costsOf(options),
    coldRead: options.coldRead,
    warmup: options.warmup === undefined ? undefined : parseWarmup(options.warmup),
    sampleRate: options.sample,
    seeds: options.seeds,
    jobs: options.jobs,
  };
}
