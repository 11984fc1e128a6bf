// pagelend trace synth: traces made to order, the same from the same seed.

import { type SynthPart, type SynthPatternName, synthPatterns, synthTrace } from '@pagelend/trace';
import { type Command, Option } from 'commander';
import { CliError } from '../failure.ts';
import { interruptible } from '../interrupt.ts';
import { wholeNumber } from '../numbers.ts';
import { withProgress } from '../progress.ts';
import { showSummary } from '../summary.ts';

const TEACHES = `
A part is a pattern over pages of its own, with options after colons; several make a mix:
  zipf    popularity falls with rank      pages=N  skew=0.9
  loop    the same pages over and over    pages=N
  scan    runs of pages in order          pages=N  run=N (longest run)
Every part also takes weight=1 (share of the references), written=1 (share of its pages that are
ever written) and writes=0.3 (share of references to those pages that write).

Examples:
  pagelend trace synth zipf:pages=100000 --references 5M --seed 7 -o zipf.plt
  pagelend trace synth zipf:pages=50000:weight=6 loop:pages=8000:writes=0 scan:pages=90000 -o mix.plt`;

const KEYS = {
  pages: 'pages',
  skew: 'skew',
  run: 'runPages',
  weight: 'weight',
  written: 'writablePages',
  writes: 'writeShare',
} as const satisfies Record<string, keyof SynthPart>;

/** Keys that mean something to one pattern alone. */
const PATTERN_OF: Readonly<Record<string, SynthPatternName>> = { skew: 'zipf', run: 'scan' };

interface SynthFlags {
  readonly output: string;
  readonly references: number;
  readonly seed: number;
  readonly burst?: number;
  readonly json?: boolean;
}

export function addTraceSynth(trace: Command): void {
  trace
    .command('synth')
    .description('make a trace from patterns: zipf, loops, scans, with a share of writes')
    .argument('<part...>', 'PATTERN:pages=N[:key=value…]')
    .requiredOption('-o, --output <file>', 'the trace to write, - for stdout')
    .addOption(
      new Option('-n, --references <number>', 'references to make; 20M is 20 million')
        .argParser(wholeNumber(1))
        .default(1_000_000, '1M'),
    )
    .option('--seed <number>', 'the same seed gives the same trace', wholeNumber(0), 1)
    .option('--burst <number>', 'references of one part before the next is drawn', wholeNumber(1))
    .option('--json', 'print JSON')
    .addHelpText('after', TEACHES)
    .action(synth);
}

async function synth(texts: readonly string[], flags: SynthFlags): Promise<void> {
  const spec = {
    references: flags.references,
    seed: flags.seed,
    parts: texts.map(parsePart),
    burstReferences: flags.burst,
  };
  const summary = await interruptible((signal) =>
    withProgress((progress) =>
      synthTrace({
        spec,
        output: flags.output,
        signal,
        onProgress: (state) => progress.trace('making', state),
      }),
    ),
  );
  showSummary(flags.output, summary, flags.json === true);
}

function parsePart(text: string): SynthPart {
  const [name, ...options] = text.split(':');
  // First, because what a key means and whether there is such a key depends on it.
  const pattern = synthPatterns.find((known) => known === name);
  if (pattern === undefined) {
    throw new CliError(
      'CLI_USAGE',
      `part '${text}': no pattern '${name}'; expected one of ${synthPatterns.join(', ')}`,
    );
  }
  const values: Partial<Record<keyof SynthPart, number>> = {};
  for (const option of options) {
    const match = /^([a-z]+)=(\d+(?:\.\d+)?)$/.exec(option);
    const known: string[] = Object.keys(KEYS).filter(
      (key) => (PATTERN_OF[key] ?? pattern) === pattern,
    );
    if (match === null || !known.includes(match[1]!)) {
      throw new CliError(
        'CLI_USAGE',
        `part '${text}': '${option}': expected key=number with a key of ${known.join(', ')}`,
      );
    }
    const key = KEYS[match[1] as keyof typeof KEYS];
    if (values[key] !== undefined) {
      throw new CliError('CLI_USAGE', `part '${text}': ${match[1]} is given twice`);
    }
    values[key] = Number(match[2]);
  }
  if (values.pages === undefined) {
    throw new CliError('CLI_USAGE', `part '${text}': expected pages=N, as in zipf:pages=100000`);
  }
  return { ...values, pattern, pages: values.pages };
}
