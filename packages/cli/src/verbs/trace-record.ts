// pagelend trace record: run a program under Valgrind's lackey and keep what it touches.

import { closeSync, openSync, readSync } from 'node:fs';
import { findExecutable, PAGE_SIZE_BYTES_DEFAULT, recordTrace } from '@pagelend/trace';
import { type Command, InvalidArgumentError } from 'commander';
import { CliError } from '../failure.ts';
import { sizeBytes } from '../numbers.ts';
import { withProgress } from '../progress.ts';
import { bytes, count, note } from '../text.ts';

const TEACHES = `
The program runs as it would alone: its input, output and exit status are its own. It runs some
50 to 100 times slower. Ctrl-C ends the program and leaves a valid trace of what ran so far.

Examples:
  pagelend trace record -o sort.plt -- sort -u words.txt
  pagelend trace record -o doc.plt --follow -- xpdf paper.pdf    a wrapper script: follow its exec
  pagelend trace record -o big.plt --note 'third chapter' -- mupdf book.pdf`;

interface RecordFlags {
  readonly output: string;
  readonly follow?: boolean;
  readonly pageSize?: number;
  readonly note?: string;
  readonly quiet?: boolean;
}

export function addTraceRecord(trace: Command): void {
  trace
    .command('record')
    .description("record a program's page references (Valgrind's lackey under the hood)")
    .usage('-o FILE [options] -- CMD [ARG…]')
    .argument('<command...>', 'the program and its arguments')
    .requiredOption('-o, --output <file>', 'the trace to write')
    .option('--follow', 'also record programs that CMD turns into by exec (wrapper scripts)')
    .option('--page-size <bytes>', 'page size (default: 4KiB)', sizeBytes)
    .option('--note <text>', 'a remark to keep in the trace')
    .option('-q, --quiet', 'print nothing of our own')
    .passThroughOptions()
    .addHelpText('after', TEACHES)
    .action(record);
}

async function record(words: readonly string[], flags: RecordFlags): Promise<void> {
  const [command, ...args] = words;
  if (command === undefined) throw new InvalidArgumentError('Expected a program to record.');
  if (flags.output === '-') {
    throw new CliError(
      'CLI_USAGE',
      'stdout (-) belongs to the recorded program; name a file for the trace',
    );
  }
  const result = await withProgress((progress) =>
    recordTrace({
      command,
      args,
      output: flags.output,
      pageSizeBytes: flags.pageSize,
      followExec: flags.follow,
      ...(flags.note === undefined ? {} : { provenance: { note: flags.note } }),
      onProgress: (state) => {
        if (flags.quiet !== true) progress.trace(`recording ${command}:`, state);
      },
    }),
  );
  process.exitCode = result.status;
  if (flags.quiet === true) return;
  const { references, reads, writes, pages } = result.summary;
  const size = bytes(pages * (flags.pageSize ?? PAGE_SIZE_BYTES_DEFAULT));
  note(
    `${flags.output}: ${count(references)} references (${count(reads)} reads, ${count(writes)} writes) ` +
      `to ${count(pages)} pages, ${size}${result.interrupted ? '; interrupted, what ran is recorded' : ''}`,
  );
  if (flags.follow !== true && isScript(command)) {
    note(`${command} is a script: if it turns into another program, record that with --follow`);
  }
}

/** True for a file that names an interpreter in its first line; that is what was recorded then. */
function isScript(command: string): boolean {
  const path = findExecutable(command);
  if (path === null) return false;
  const start = Buffer.alloc(2);
  try {
    const file = openSync(path, 'r');
    readSync(file, start, 0, start.length, 0);
    closeSync(file);
  } catch {
    // A program may be executable and not readable; then there is nothing to advise.
    return false;
  }
  return start.toString('latin1') === '#!';
}
