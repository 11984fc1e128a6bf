// The model of the relocation experiment: cases under every scheme, and the sweeps around the first of
// them. Everything follows from the plan and its seed; nothing is measured here.

import { loadPolicy, VERSION } from '@pagelend/lab';
import {
  type OptionValues,
  observationOf,
  optionsOf,
  type PolicyDefinition,
  parsePolicySpec,
} from '@pagelend/policies';
import { RelocationError } from '../errors.ts';
import { casesLike, comparisonOf } from './compare.ts';
import { type Content, type Contents, findContents } from './contents.ts';
import {
  boundsOf,
  caseInputs,
  gainPercent,
  hostGainPages,
  outcomeOf,
  predictedPercent,
} from './derive.ts';
import { type JobTrace, loadJob } from './job.ts';
import { checkContents, type Measurement } from './measurement.ts';
import { checkCase, defaultCase, defaultsSay, type ModelCase, pressureCase } from './model-case.ts';
import { PageDraw } from './page-draw.ts';
import {
  type CaseResult,
  type ModelResult,
  type ModelRow,
  RELOCATION_MODEL_SCHEMA,
  type SchemeCurve,
} from './result.ts';
import { runScheme, type SchemeRun } from './run-case.ts';
import { FILE_READ_US, type Scheme, schemeCosts, schemes } from './schemes.ts';
import { defaultAxes, type SweptCase, sweepCases } from './sweeps.ts';
import { type ZsmallocVersion, zsmallocTable } from './zsmalloc.ts';

export const PUBLISHED_GAIN_PERCENT = 32;
const DEFAULT_POLICY = 'linux';
const DEFAULT_SEED = 1;

export interface ModelPlan {
  readonly contents: Contents;
  /** The recording that is the job, and what results call it. */
  readonly trace: { readonly path: string; readonly name: string };
  /** NAME[:key=value…]; default: linux. */
  readonly policy?: string | undefined;
  readonly seed?: number | undefined;
  /** Default: the paper's guests in both regimes. The first is what sweeps vary. */
  readonly cases?: readonly ModelCase[] | undefined;
  /** Default: one input at a time around the first case; an empty list for none. */
  readonly sweeps?: readonly SweptCase[] | undefined;
  /** Held against the model of the same guests; default: nothing. */
  readonly measurement?: Measurement | undefined;
  /** Gets the share that is done, from 0 to 1, and what is being run. */
  readonly onProgress?: ((share: number, what: string) => void) | undefined;
}

export const MODEL_SAYS =
  'A model: counted from recorded page contents and recorded references; no guest ran. What real guests do is measured by pagelend reproduce relocation';

const NOT_MODELLED: readonly string[] = [
  'kswapd is one step that always keeps up, between the low and the high watermark of one zone; no direct reclaim, no read-ahead, no swap cache: a page read back gives up its slot',
  'gaps in the pools: both count the memory that their size classes need at least',
  'zram: the handles of 8 bytes and the heads of its chains; the lender: its fixed memory, but for the gain of the host',
  'time: the job takes its seconds whatever it waits for; waiting stands beside it, counts times assumed costs',
  "the job's pages within a slice, a 64th of a run: their order of first use is kept, not how often",
  'the transfer: grant tables in the paper, NBD here',
];

export async function runModel(plan: ModelPlan): Promise<ModelResult> {
  const cases = plan.cases ?? [defaultCase, pressureCase];
  const [base] = cases;
  if (base === undefined) throw new RelocationError('RELOCATION_MODEL', 'no case to run');
  const swept = plan.sweeps ?? sweepCases(base, defaultAxes(base));
  const { measurement } = plan;
  const likes = measurement === undefined ? [] : casesLike(measurement.pairs);
  if (measurement !== undefined) checkContents(measurement, plan.contents);
  for (const one of [...cases, ...swept.map((row) => row.one), ...likes]) checkCase(one);
  const context = await prepare(plan);
  let done = 0;
  const total = cases.length + swept.length + likes.length;
  const note = (what: string): void => plan.onProgress?.(done++ / total, what);
  const results: CaseResult[] = [];
  const curves: SchemeCurve[] = [];
  const rows: ModelRow[] = [];
  for (const one of cases) {
    note(one.name);
    const ran = runCase(one, schemes, context);
    results.push(ran.result);
    rows.push(...rowsOf(ran.result, null, null));
    curves.push(...ran.curves);
    await breath();
  }
  for (const { sweep, value, one } of swept) {
    note(one.name);
    rows.push(...rowsOf(runCase(one, ['lent', 'zram'], context).result, sweep, value));
    await breath();
  }
  const besides: CaseResult[] = [];
  for (const one of likes) {
    note(`measured ${one.name}`);
    besides.push(runCase(one, ['lent', 'zram'], context).result);
    await breath();
  }
  return {
    ...headOf(plan, context),
    cases: results,
    curves,
    rows,
    hog_of_published_bytes: hogOf(PUBLISHED_GAIN_PERCENT, rows),
    measured: measurement === undefined ? null : comparisonOf(measurement, besides),
  };
}

type ResultHead = Omit<
  ModelResult,
  'cases' | 'curves' | 'rows' | 'hog_of_published_bytes' | 'measured'
>;

/** All of a result that is known before anything runs. */
function headOf(plan: ModelPlan, context: Context): ResultHead {
  return {
    schema: RELOCATION_MODEL_SCHEMA,
    version: VERSION,
    says: MODEL_SAYS,
    published: { gain_percent: PUBLISHED_GAIN_PERCENT },
    seed: context.seed,
    policy: context.policy,
    trace: {
      name: context.job.name,
      origin: context.job.origin,
      references: context.job.references,
      pages: context.job.pageCount,
    },
    contents: plan.contents.source,
    costs: schemes.map((scheme) => {
      const { inUs, outUs, says } = schemeCosts[scheme];
      return { scheme, in_us: inUs, out_us: outUs, says };
    }),
    assumptions: [
      ...defaultsSay,
      `a file's page is read again in ${FILE_READ_US} µs; costs of the schemes are illustrative, not measured`,
    ],
    not_modelled: NOT_MODELLED,
  };
}

interface Context {
  readonly seed: number;
  readonly policy: string;
  readonly definition: PolicyDefinition;
  readonly options: OptionValues;
  readonly job: JobTrace;
  readonly drawOf: (names: string, version: ZsmallocVersion) => PageDraw;
  readonly contentsOf: (names: string) => readonly Content[];
}

async function prepare(plan: ModelPlan): Promise<Context> {
  const spec = parsePolicySpec(plan.policy ?? DEFAULT_POLICY);
  const definition = await loadPolicy(spec.name);
  const options = optionsOf(definition, spec.options);
  if (observationOf(definition, options) === 'future') {
    throw new RelocationError(
      'RELOCATION_MODEL',
      `policy ${spec.asked} observes the future, which guests do not have; take another`,
    );
  }
  const draws = new Map<string, PageDraw>();
  const contentsOf = (names: string): Content[] => findContents(plan.contents, names);
  return {
    seed: plan.seed ?? DEFAULT_SEED,
    policy: spec.asked,
    definition,
    options,
    job: await loadJob(plan.trace.path, plan.trace.name),
    contentsOf,
    drawOf(names, version) {
      const key = `${version} ${names}`;
      const draw = draws.get(key) ?? new PageDraw(contentsOf(names), zsmallocTable(version));
      draws.set(key, draw);
      return draw;
    },
  };
}

function runCase(
  one: ModelCase,
  asked: readonly Scheme[],
  context: Context,
): { result: CaseResult; curves: SchemeCurve[] } {
  const { seed, job, definition, options, drawOf, contentsOf } = context;
  const hogDraw = drawOf(one.hogContent, one.zsmalloc);
  const jobDraw = drawOf(one.jobContent, one.zsmalloc);
  const zsmalloc = zsmallocTable(one.zsmalloc);
  const parts = { seed, job, hogDraw, jobDraw, zsmalloc, definition, options };
  const runs = new Map<Scheme, SchemeRun>();
  for (const scheme of asked) {
    // Outside of the guest is outside: what it costs there changes no count, unless a policy looks at it.
    const isOutside = scheme === 'flash' || scheme === 'disk';
    const twin = isOutside && definition.usesCosts !== true ? runs.get('lent') : undefined;
    const run = twin ?? runScheme(one, scheme, parts);
    runs.set(scheme, isOutside ? { ...run, lenderPages: run.lenderPages.map(() => 0) } : run);
  }
  const lent = runs.get('lent')!;
  const outcomes = [...runs].map(([scheme, run]) => outcomeOf(one, scheme, run));
  const [lentOutcome, zramOutcome] = [outcomes[0]!, outcomes[1]!];
  const compressedShare = hogDraw.meanZramShare(zsmalloc);
  const gainPages = lentOutcome.free_pages - zramOutcome.free_pages;
  const result: CaseResult = {
    ...caseInputs(one, job),
    schemes: outcomes,
    gain_percent: gainPercent(lentOutcome, zramOutcome),
    gain_pages: gainPages,
    predicted_gain_percent: predictedPercent(one, zramOutcome, compressedShare),
    compressed_share: compressedShare,
    host_gain_pages: hostGainPages(one, lentOutcome, zramOutcome),
    bounds: boundsOf(one, lent, contentsOf(one.hogContent), contentsOf(one.jobContent)),
  };
  return { result, curves: [...runs].map(([scheme, run]) => curveOf(one, scheme, run)) };
}

function rowsOf(result: CaseResult, sweep: string | null, value: string | null): ModelRow[] {
  const { schemes: outcomes, gain_pages: _, compressed_share: __, bounds: ___, ...rest } = result;
  return outcomes.map((outcome) => ({ sweep, value, ...rest, ...outcome }));
}

function curveOf(one: ModelCase, scheme: Scheme, run: SchemeRun): SchemeCurve {
  const rounded = (values: Float64Array): number[] => Array.from(values, Math.round);
  const { freePages } = run;
  return {
    case: one.name,
    scheme,
    seconds: Array.from(freePages, (_, i) => (one.jobSeconds * (i + 1)) / run.tickCount).map(
      (seconds) => Math.round(seconds * 1000) / 1000,
    ),
    free_pages: rounded(freePages),
    swapped_pages: rounded(run.swappedPages),
    guest_pool_pages: rounded(run.guestPoolPages),
    lender_pool_pages: rounded(run.lenderPages),
  };
}

/** Between two hogs of the sweep, in proportion; null where the gain stays below or above. */
function hogOf(percent: number, rows: readonly ModelRow[]): number | null {
  const hogs = rows
    .filter(
      ({ scheme, sweep, gain_percent }) =>
        scheme === 'lent' && sweep === 'hog' && gain_percent !== null,
    )
    .sort((a, b) => a.hog_bytes - b.hog_bytes);
  for (const [i, row] of hogs.entries()) {
    const before = hogs[i - 1];
    if (before === undefined || row.gain_percent! < percent) continue;
    if (before.gain_percent! > percent) return null;
    const part = (percent - before.gain_percent!) / (row.gain_percent! - before.gain_percent!);
    return Math.round(before.hog_bytes + part * (row.hog_bytes - before.hog_bytes));
  }
  return null;
}

/** Lets signals and progress through between runs. */
function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
