// Where the tier is, noted in the state directory, so that what is looked at later by a user who does
// not say it is the tier that was served with.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';

const FILE = 'tier.json';
const noteSchema = v.object({ schema: v.literal('pagelend.tier-note/1'), path: v.string() });

export function noteTier(stateDir: string, path: string): void {
  const file = join(stateDir, FILE);
  // Whole or not at all, whenever the lender is killed.
  writeFileSync(`${file}.new`, `${JSON.stringify({ schema: 'pagelend.tier-note/1', path })}\n`);
  renameSync(`${file}.new`, file);
}

/** The path that was noted; null where there is none, or no note of ours. */
export function notedTier(stateDir: string): string | null {
  const path = join(stateDir, FILE);
  if (!existsSync(path)) return null;
  try {
    return v.parse(noteSchema, JSON.parse(readFileSync(path, 'utf8'))).path;
  } catch {
    return null;
  }
}
