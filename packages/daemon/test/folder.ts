// A temporary folder that is gone after the tests of the file.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'pagelend-daemon-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
