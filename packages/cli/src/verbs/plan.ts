// pagelend plan: what a host needs to lend to its guests, from recorded page contents.

import { basename } from 'node:path';
import type { Content, PlanRequest } from '@pagelend/relocation';
import type { Command } from 'commander';
import { repositoryFile } from '../experiments.ts';
import { CliError } from '../failure.ts';
import { plainNumber, share, sizeBytes, wholeNumber } from '../numbers.ts';
import { print, printJson } from '../text.ts';

const CONTENTS_FILE = 'experiments/page-contents.json';
const DEFAULT_OVERCOMMIT = 1.5;
const DEFAULT_POLICY = 'linux';

const TEACHES = `
A model: it counts what recorded pages take at the lender, by its size classes. Each guest is taken to
be full of one of the contents, drawn by lot, so that the pool that suffices in 99 % of the draws is
larger than the expected one where contents differ. With one content or a ratio they are nearly the
same. Contents that come with pagelend: node, python, cc1plus, redis, chromium (the default is all
five), and hog-0 to hog-90, the pages of the experiment's memory hog. Those of a
running program of yours: node experiments/record-contents.mjs --out mine.json --pid PID

--trace replays a recorded program in as large a share of its pages as a guest's memory is of its
demand, and says how often pages would come back; --policy is then who chooses what leaves.

Examples:
  pagelend plan --guests 8 --memory 512MiB
  pagelend plan --guests 8 --memory 512MiB --overcommit 2 --content node,redis --json
  pagelend plan --guests 20 --memory 1GiB --demand 1.5GiB --working-set 800MiB --ratio 3
  pagelend plan --guests 8 --memory 512MiB --pool 256MiB --host-memory 32GiB
  pagelend plan --guests 8 --memory 512MiB --trace app.plt --policy mglru`;

interface PlanOptions {
  readonly guests: number;
  readonly memory: number;
  readonly demand?: number;
  readonly overcommit?: number;
  readonly workingSet?: number;
  readonly content?: string;
  readonly ratio?: number;
  readonly confidence: number;
  readonly pool?: number;
  readonly hostMemory?: number;
  readonly hostReserve?: number;
  readonly guestOverhead?: number;
  readonly trace?: string;
  readonly policy?: string;
  readonly seed: number;
  readonly json?: boolean;
}

export function addPlan(program: Command): void {
  program
    .command('plan')
    .description('a model of what a host needs: pool, leases, memory, how many guests fit')
    .requiredOption('--guests <number>', 'guests, all alike', wholeNumber(1))
    .requiredOption('--memory <SIZE>', 'memory that each guest is given', sizeBytes)
    .option('--demand <SIZE>', "what a guest's programs and kernel take in all", sizeBytes)
    .option(
      '--overcommit <number>',
      `the same as a multiple of --memory (default: ${DEFAULT_OVERCOMMIT})`,
      plainNumber,
    )
    .option('--working-set <SIZE>', 'what of it must stay in memory', sizeBytes)
    .option('--content <NAMES|FILE>', 'what pages hold: names by comma, or a recording of your own')
    .option('--ratio <number>', 'every page compresses so many times, instead', plainNumber)
    .option('--confidence <share>', 'how sure the pool must suffice', share, 0.99)
    .option('--pool <SIZE>', 'a limit on the pool: what goes to a tier behind it', sizeBytes)
    .option(
      '--host-memory <SIZE>',
      'how many such guests a host of this size has room for',
      sizeBytes,
    )
    .option('--host-reserve <SIZE>', 'kept for the host itself (default: nothing)', sizeBytes)
    .option(
      '--guest-overhead <SIZE>',
      'what a guest takes besides its memory (default: nothing)',
      sizeBytes,
    )
    .option('--trace <file>', 'a recorded program: how often its pages would come back')
    .option(
      '-p, --policy <name>',
      `who chooses what leaves, with --trace (default: ${DEFAULT_POLICY})`,
    )
    .option('--seed <number>', 'of the draws', wholeNumber(0), 1)
    .option('--json', 'print JSON (schema pagelend.plan/1)')
    .addHelpText('after', TEACHES)
    .action(plan);
}

/** Loaded by this verb only when it runs, because the room brings the guests' with it. */
type Room = typeof import('@pagelend/relocation');

async function plan(options: PlanOptions): Promise<void> {
  const room = await import('@pagelend/relocation');
  const request = requestOf(options, room);
  if (options.policy !== undefined && options.trace === undefined) {
    throw new CliError(
      'CLI_USAGE',
      '--policy chooses pages of a recorded program; give --trace too',
    );
  }
  // Refused before a long trace is read.
  const bare = room.makePlan(request);
  const result =
    options.trace === undefined
      ? bare
      : room.makePlan(
          request,
          await room.pageInsOf(
            options.trace,
            options.policy ?? DEFAULT_POLICY,
            request.memoryBytes / request.demandBytes,
          ),
        );
  if (options.json === true) printJson(result);
  else print(room.renderPlan(result));
}

function requestOf(options: PlanOptions, room: Room): PlanRequest {
  if (options.demand !== undefined && options.overcommit !== undefined) {
    throw new CliError('CLI_USAGE', '--demand and --overcommit say the same; give one of them');
  }
  const overcommit = options.overcommit ?? DEFAULT_OVERCOMMIT;
  return {
    guests: options.guests,
    memoryBytes: options.memory,
    demandBytes: options.demand ?? Math.ceil(options.memory * overcommit),
    workingSetBytes: options.workingSet ?? null,
    ...contentsOf(options, room),
    confidence: options.confidence,
    poolBytes: options.pool ?? null,
    hostMemoryBytes: options.hostMemory ?? null,
    hostReserveBytes: options.hostReserve ?? 0,
    guestOverheadBytes: options.guestOverhead ?? 0,
    seed: options.seed,
  };
}

function contentsOf(
  { content, ratio }: PlanOptions,
  room: Room,
): { contents: readonly Content[]; contentsSay: string } {
  if (content !== undefined && ratio !== undefined) {
    throw new CliError('CLI_USAGE', '--content and --ratio say the same; give one of them');
  }
  if (ratio !== undefined) {
    return { contents: [room.contentOfRatio(ratio)], contentsSay: `all pages ${ratio} : 1` };
  }
  if (content !== undefined && /[/\\]|\.json$/.test(content)) {
    return { contents: room.loadContents(content).classes, contentsSay: basename(content) };
  }
  const shipped = room.loadContents(repositoryFile(CONTENTS_FILE));
  const contents =
    content === undefined
      ? shipped.classes.filter(({ kind }) => kind === 'program')
      : room.findContents(shipped, content);
  return { contents, contentsSay: contents.map(({ name }) => name).join(', ') };
}
