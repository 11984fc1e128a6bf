#!/usr/bin/env node
// Committed launcher, so that `npx pagelend` works as soon as `npm ci && npm run build` has run.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(fileURLToPath(main))) {
  const { run } = await import(main.href);
  await run(process.argv);
} else {
  process.stderr.write('pagelend: not built yet: run `npm ci && npm run build` first\n');
  process.exitCode = 1;
}
