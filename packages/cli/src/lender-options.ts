// What all verbs that ask a running lender have in common.

import { defaultStateDir, LenderClient } from '@pagelend/daemon';
import type { Command } from 'commander';

export interface AskOptions {
  readonly stateDir?: string;
  readonly json?: boolean;
}

export function addAskOptions(verb: Command): Command {
  return verb
    .option(
      '--state-dir <DIR>',
      "the daemon's state directory (default: as that of pagelend serve)",
    )
    .option('--json', 'print JSON');
}

export function clientOf({ stateDir }: AskOptions): LenderClient {
  return new LenderClient(stateDir ?? defaultStateDir());
}
