// pagelend reproduce: the group of verbs that measure a paper's figures again.

import type { Command } from 'commander';
import { addGroup } from '../root.ts';
import { addReproduceCrawRm } from './reproduce-craw-rm.ts';
import { addReproduceRelocation } from './reproduce-relocation.ts';

export function addReproduce(program: Command): void {
  const reproduce = addGroup(
    program,
    'reproduce',
    "measure a paper's figures here, beside the published numbers",
  );
  addReproduceCrawRm(reproduce);
  addReproduceRelocation(reproduce);
}
