// pagelend reproduce relocation: the paper's experiment (section 4, Figure 2) on two real guests: free
// memory with swap on a disk, compressed inside the guest, and lent by pagelend.

import { fileURLToPath } from 'node:url';
import type { Configuration, GuestKindChoice, PlanOptions, Regime } from '@pagelend/relocation';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { repositoryFile } from '../experiments.ts';
import { CliError } from '../failure.ts';
import { interruptible } from '../interrupt.ts';
import { sizeBytes, wholeNumber } from '../numbers.ts';
import { checkDistinct, checkOutput } from '../output-file.ts';
import { withProgress } from '../progress.ts';
import { showResult } from '../show-result.ts';
import { checkModelOptions, type ModelOptions, showModel } from './relocation-model.ts';

// Lists without loading the room, which only this verb needs; the compiler holds them to the room's.
const configurations = [
  'lent',
  'zram',
  'nbdkit',
  'disk',
  'none',
] as const satisfies readonly Configuration[];
const regimes = ['clean', 'pressure'] as const satisfies readonly Regime[];
const guestKinds = ['auto', 'kvm', 'uml', 'tcg'] as const satisfies readonly GuestKindChoice[];

const TEACHES = `
Boots two guests for each run: one with a memory hog in the background and then a build job, as in
the paper, and one at work beside it. The first one's free memory is sampled while the job runs.

Configurations of swap:
  lent      a lease of pagelend serve, which this command starts
  zram      compressed inside the guest (LZO)
  nbdkit    nbdkit's memory plugin with its zstd allocator, in place of the lender (under pressure,
            where jobs swap; in the clean regime only where nothing else is asked for)
  disk      a file on this host's disk, past its page cache
  none      no swap (clean regime only)
Regimes: clean, a fixed amount is swapped out before the job begins; pressure, hog and job exceed
the guest's memory. Sizes and the published number are in experiments/relocation.json.

Guests need no hardware virtualisation: user-mode Linux is taken where KVM runs none, else QEMU's
emulation with less work. What is missing on this machine is named with the line that installs it.

--model boots nothing: it counts pages from recorded contents and a recorded program, with swap lent,
in zram, on flash, on a disk and left out, and varies one input at a time. Beside it stands what real
guests did: the measurement that comes with pagelend, or yours (what --json printed without --model).

Examples:
  pagelend reproduce relocation --html relocation.html
  pagelend reproduce relocation --regime clean --configurations lent,zram --rounds 1
  pagelend reproduce relocation --rounds 3 --job-files 2         steadier figures
  pagelend reproduce relocation --full --html full.html          guests of 1 GiB, as in the paper
  pagelend reproduce relocation --model --html model.html         no guest boots
  pagelend reproduce relocation --json > mine.json
  pagelend reproduce relocation --model --measured mine.json --no-sweep`;

interface RelocationOptions extends ModelOptions {
  readonly full?: boolean;
  readonly rounds?: number;
  readonly regime: Regime | 'both';
  readonly configurations?: readonly Configuration[];
  readonly guestKind: GuestKindChoice;
  readonly memory?: number;
  readonly hog?: number;
  readonly pressureHog?: number;
  readonly compressible?: number;
  readonly seed?: number;
  readonly jobFiles?: number;
  readonly sweep: boolean;
}

export function addReproduceRelocation(reproduce: Command): void {
  reproduce
    .command('relocation')
    .description('the experiment of the relocation paper: free memory of guests that swap')
    .option('--full', "the paper's guests of 1 GiB each; takes much longer")
    .option('--rounds <number>', 'rounds of each configuration', wholeNumber(1))
    .addOption(
      new Option('--regime <which>', 'how memory runs short')
        .choices([...regimes, 'both'])
        .default('both'),
    )
    .option('--configurations <list>', `by comma: ${configurations.join(',')}`, configurationList)
    .addOption(
      new Option('--guest-kind <kind>', 'how guests run').choices([...guestKinds]).default('auto'),
    )
    .option('--memory <SIZE>', 'of the guest that is measured', sizeBytes)
    .option('--hog <SIZE>', 'what the hog holds in the clean regime', sizeBytes)
    .option('--pressure-hog <SIZE>', 'what the hog holds under pressure', sizeBytes)
    .option('--compressible <percent>', "how much of each of the hog's pages repeats", percentage)
    .option('--seed <number>', "of the hog's pages", wholeNumber(1))
    .option('--job-files <number>', 'how many kernel files the job compiles', wholeNumber(1))
    .option('--no-sweep', 'leave out the other sizes of the hog')
    .option('--model', 'count instead of booting guests')
    .option('--measured <file|none>', 'with --model: your own result, or none, to compare with')
    .option('-p, --policy <name>', 'with --model: who chooses what leaves (default: linux)')
    .option('--guests <number>', 'with --model: guests, half of them busy', wholeNumber(1))
    .option(
      '--json',
      'print JSON (schema pagelend.reproduce-relocation/1, or pagelend.relocation-model/1)',
    )
    .option('--csv <file>', 'write the runs as CSV; - for stdout instead of the table')
    .option('--html <file>', 'write the page: one file, opens anywhere; - likewise')
    .addHelpText('after', TEACHES)
    .action(reproduceIt);
}

async function reproduceIt(options: RelocationOptions, command: Command): Promise<void> {
  const isModel = options.model === true;
  checkModelOptions(isModel, (name) => command.getOptionValueSource(name) === 'cli');
  if (isModel) await showModel(askedOf(options), options);
  else await measureIt(options);
}

async function measureIt(options: RelocationOptions): Promise<void> {
  const files = [options.csv, options.html].filter((path) => path !== undefined);
  checkDistinct(options.json === true ? [...files, '-'] : files, []);
  for (const path of files) checkOutput(path);
  const room = await import('@pagelend/relocation');
  const configuration = room.loadConfiguration(repositoryFile('experiments/relocation.json'));
  const asked = askedOf(options);
  // Before guests are tried: whatever the kind, sizes must go together.
  room.planOf(configuration, options.guestKind === 'auto' ? 'uml' : options.guestKind, asked);
  const result = await withProgress((progress) =>
    interruptible(async (signal) => {
      progress.line('looking for a kind of guest that runs here');
      const kind = await room.workingKind(options.guestKind);
      progress.end();
      const plan = room.planOf(configuration, kind, asked);
      return room.reproduceRelocation({
        configuration,
        plan,
        pagelend: [process.execPath, PAGELEND],
        signal,
        onProgress: (share, doing) => progress.show('reproducing relocation', share, `· ${doing}`),
      });
    }),
  );
  showResult(result, options, {
    csv: () => room.renderRelocationCsv(result),
    html: () => room.renderRelocationPage(result),
    text: () => room.renderRelocation(result),
  });
}

/** The committed launcher; the lender is this same pagelend. */
const PAGELEND = fileURLToPath(new URL('../../bin/pagelend.js', import.meta.url));

function askedOf(options: RelocationOptions): PlanOptions {
  return {
    isFull: options.full,
    rounds: options.rounds,
    regimes: options.regime === 'both' ? undefined : [options.regime],
    configurations: options.configurations,
    memoryBytes: wholePages(options.memory, '--memory'),
    hogBytes: wholePages(options.hog, '--hog'),
    pressureHogBytes: wholePages(options.pressureHog, '--pressure-hog'),
    compressiblePercent: options.compressible,
    seed: options.seed,
    jobFiles: options.jobFiles,
    hasSweep: options.sweep,
  };
}

const PAGE_BYTES = 4096;

function wholePages(bytes: number | undefined, option: string): number | undefined {
  if (bytes === undefined || bytes % PAGE_BYTES === 0) return bytes;
  throw new CliError('CLI_USAGE', `${option} ${bytes}: expected a multiple of ${PAGE_BYTES}`);
}

function configurationList(text: string): Configuration[] {
  const names = text.split(',').map((name) => name.trim());
  const known: readonly string[] = configurations;
  const strange = names.find((name) => !known.includes(name));
  if (strange === undefined) return names as Configuration[];
  throw new InvalidArgumentError(`Expected names out of ${configurations.join(', ')}.`);
}

function percentage(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) <= 100) return Number(text);
  throw new InvalidArgumentError('Expected a whole number from 0 to 100.');
}
