// Folders of tests, gone when they end.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pagelend-tier-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
