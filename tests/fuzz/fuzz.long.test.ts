// Every target fuzzed for some seconds, from its seeds and the kept inputs on, by another seed each day.
// What is found stays in a folder that the failure names, with the command that shows it again.

import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandOf, superviseFuzzing } from './engine/supervise.ts';
import { targetNames } from './targets.ts';

/** For each target; together they take some four minutes. */
const SECONDS = Number(process.env.PAGELEND_FUZZ_SECONDS ?? 16);
const DAY_MS = 86_400_000;
const SEED = Number(process.env.PAGELEND_FUZZ_SEED ?? Math.floor(Date.now() / DAY_MS));

describe.each(targetNames)('%s', (target) => {
  test('keeps its promises', { timeout: (SECONDS + 300) * 1000 }, async () => {
    const findings = mkdtempSync(join(tmpdir(), `pagelend-findings-${target}-`));
    const outcome = await superviseFuzzing({ target, seconds: SECONDS, seed: SEED, findings });
    process.stdout.write(outcome.summary);
    const again = commandOf(target, '--seed', String(SEED), '--seconds', String(SECONDS));
    const replay = commandOf(target, '--replay', join(findings, 'NAME'));
    expect(outcome.isSound, `${outcome.said}\nonce more: ${again}\none input: ${replay}`).toBe(
      true,
    );
    rmdirSync(findings);
    const { runs, branches } = JSON.parse(outcome.summary) as { runs: number; branches: number };
    expect(runs).toBeGreaterThan(20);
    expect(branches).toBeGreaterThan(0);
  });
});
