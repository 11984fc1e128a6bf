// pagelend check: verifies all that a lender keeps, while none serves it.

import { resolve } from 'node:path';
import { checkLender, defaultStateDir, type LenderCheck } from '@pagelend/daemon';
import type { Command } from 'commander';
import { checkJson, renderCheck } from '../check-report.ts';
import { CliError } from '../failure.ts';
import { withQuittableProgress } from '../progress.ts';
import { count, print, printJson } from '../text.ts';

const TEACHES = `
The lender must be stopped, and cannot be started meanwhile; of one that runs \`pagelend lease list\`
tells. Nothing is written and nothing is mended. Every page is found and decompressed; those behind
the pool are read in the order of the device. The pool has no checksums: a changed byte within a page
that is kept as it is, or that its compression copied, cannot be told; records behind have them.

Exit status: 0 sound; 1 damage, or pages that could not be checked.

Examples:
  pagelend check
  pagelend check --state-dir /run/pagelend --quick
  pagelend check --tier /dev/nvme1n1 --json`;

interface CheckFlags {
  readonly stateDir?: string;
  readonly poolDir?: string;
  readonly tier?: string;
  readonly quick?: boolean;
  readonly json?: boolean;
}

export function addCheck(program: Command): void {
  program
    .command('check')
    .description('verify all that a stopped lender keeps: leases, pool, and what is behind it')
    .option(
      '--state-dir <DIR>',
      "the lender's state directory (default: as that of pagelend serve)",
    )
    .option('--pool-dir <DIR>', 'where its pages are (default: as pagelend serve finds it)')
    .option('--tier <PATH>', 'what is behind the pool (default: as it was served last)')
    .option('--quick', 'heads and entries alone: decompress nothing, read no record')
    .option('--json', 'print JSON (schema pagelend.check/1), which lists what the text counts')
    .addHelpText('after', TEACHES)
    .action(check);
}

async function check(flags: CheckFlags): Promise<void> {
  const checked = await withQuittableProgress((progress) =>
    checkLender({
      stateDir: resolve(flags.stateDir ?? defaultStateDir()),
      poolDir: flags.poolDir === undefined ? null : resolve(flags.poolDir),
      tierPath: flags.tier === undefined ? null : resolve(flags.tier),
      isQuick: flags.quick === true,
      onProgress: (part, share) => progress.show(part, share),
    }),
  );
  if (flags.json === true) printJson(checkJson(checked));
  else print(renderCheck(checked));
  if (!checked.isSound) throw new CliError('CLI_DAMAGE', summaryOf(checked));
}

function summaryOf({ stateDir, pool, found }: LenderCheck): string {
  const damaged = pool.leases.reduce((sum, { damagedPages }) => sum + damagedPages, 0);
  const grave = found.filter(({ severity }) => severity !== 'note');
  const kinds = grave.map(({ kind, count: many }) => `${kind} ${count(many)}`).join(', ');
  return `${stateDir} is not sound: ${count(damaged)} damaged pages (${kinds}); nothing was changed`;
}
