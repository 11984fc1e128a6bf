// One target in a process of its own, which a bad input may end. What is running stands in a file, so
// that whoever started it knows the input that ended it, or that it hangs on.
//
//   node --import ./tests/fuzz/engine/register.mjs tests/fuzz/engine/main.ts NAME --seconds 20
//     --seed 1      repeats a search: the same inputs in the same order
//     --replay FILE runs one input and shows what it throws
//     --enough N    ends at so many findings
//     --distil DIR  writes the fewest inputs there that do all that the corpus does

import { createHash } from 'node:crypto';
import { mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { corpusOf } from '../corpus.ts';
import { loadTarget } from '../targets.ts';
import { Fuzzer } from './fuzzer.ts';

/** The number of runs so far, then the length of the input, then the input. */
const HEAD_BYTES = 16;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    findings: { type: 'string' },
    current: { type: 'string' },
    replay: { type: 'string' },
    distil: { type: 'string' },
    enough: { type: 'string', default: '10' },
  },
});
const name = positionals[0] ?? '';
const target = await loadTarget(name);

if (values.replay !== undefined) {
  await target.run(new Uint8Array(readFileSync(values.replay)));
  process.stdout.write(`${values.replay}: all held\n`);
  process.exit(0);
}

const current = values.current === undefined ? -1 : openSync(values.current, 'w');
const record = Buffer.alloc(HEAD_BYTES + target.bytesMax);
let runs = 0;
const fuzzer = new Fuzzer(target, Number(values.seed), {
  before(bytes) {
    if (current < 0) return;
    record.writeDoubleLE(++runs, 0);
    record.writeUInt32LE(bytes.length, 8);
    record.set(bytes.subarray(0, target.bytesMax), HEAD_BYTES);
    writeSync(current, record, 0, HEAD_BYTES + Math.min(bytes.length, target.bytesMax), 0);
  },
  found({ signature, bytes, error }) {
    const path = keep(values.findings, 'finding', bytes);
    const { stack } = error as Error;
    process.stderr.write(`${name}: ${signature}\n  input: ${path}\n${stack ?? String(error)}\n`);
  },
});

const began = performance.now();
// Small ones first: of two that show the same the smaller stays.
const known = [...target.seeds(), ...corpusOf(name).map(({ bytes }) => bytes)].toSorted(
  (a, b) => a.length - b.length,
);
for (const bytes of known) await fuzzer.take(bytes);
const branchesBefore = fuzzer.feedback.branches;
await fuzzer.fuzz(Number(values.seconds), Number(values.enough));
const seconds = (performance.now() - began) / 1000;
const { feedback, corpus, findings } = fuzzer;
if (values.distil !== undefined) await distil(values.distil);
process.stdout.write(
  `${JSON.stringify({
    target: name,
    seed: Number(values.seed),
    runs: fuzzer.runs,
    perSecond: Math.round(fuzzer.runs / seconds),
    branches: feedback.branches,
    branchesOfCorpus: branchesBefore,
    branchesKnown: feedback.branchesKnown,
    corpus: corpus.length,
    findings: findings.size,
  })}\n`,
);
process.exit(findings.size > 0 ? 1 : 0);

/** Keeps what the seeds, made by code, do not show: branches alone, not how often. */
async function distil(folder: string): Promise<void> {
  const again = new Fuzzer(target, 1, { before: () => {}, found: () => {} });
  for (const bytes of target.seeds()) await again.take(bytes);
  for (const bytes of corpus.toSorted((a, b) => a.length - b.length)) {
    const before = again.feedback.branches;
    await again.take(bytes);
    if (again.feedback.branches > before) keep(folder, 'kept', bytes);
  }
}

function keep(folder: string | undefined, kind: string, bytes: Uint8Array): string {
  if (folder === undefined) return '(not kept: --findings DIR)';
  mkdirSync(folder, { recursive: true });
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  const path = join(folder, `${kind}-${digest}`);
  writeFileSync(path, bytes);
  return path;
}
