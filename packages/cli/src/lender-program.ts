// The lender's verbs without the laboratory's: a daemon's memory is taken from what it lends, so it
// loads the one verb that was asked for and nothing that only the others need.

import type { Command } from 'commander';
import { makeRoot } from './root.ts';

const loaders: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  serve: async () => (await import('./verbs/serve.ts')).addServe,
  lease: async () => (await import('./verbs/lease.ts')).addLease,
  check: async () => (await import('./verbs/check.ts')).addCheck,
  top: async () => (await import('./verbs/top.ts')).addTop,
};

/** The command with one of the lender's verbs; null where `word` is none of them. */
export async function makeLenderProgram(word: string | undefined): Promise<Command | null> {
  if (word === undefined || !Object.hasOwn(loaders, word)) return null;
  const add = await loaders[word]!();
  const program = makeRoot();
  add(program);
  return program;
}
