// pagelend lease restore: a lease out of a file that `lease save` wrote.

import { createReadStream, statSync } from 'node:fs';
import type { Command } from 'commander';
import { CliError } from '../failure.ts';
import { interruptible } from '../interrupt.ts';
import { type AskOptions, addAskOptions, clientOf } from '../lender-options.ts';
import { withProgress } from '../progress.ts';
import { bytes, count, print, printJson } from '../text.ts';

interface RestoreFlags extends AskOptions {
  readonly name?: string;
}

const TEACHES = `
The lease appears once all of the file has been read and checked. A file that is truncated or damaged
is refused with the place, and no lease is made. Size and limit are those that it was saved with.

Example:
  ssh other pagelend lease save web -o - | pagelend lease restore -`;

export function addLeaseRestore(lease: Command): void {
  const verb = lease
    .command('restore')
    .description('make a lease of a file that lease save wrote')
    .argument('<FILE>', 'the saved lease; - is stdin')
    .option('--name <NEW>', 'another name than the one in the file');
  addAskOptions(verb).addHelpText('after', TEACHES).action(restore);
}

async function restore(file: string, flags: RestoreFlags): Promise<void> {
  const label = file === '-' ? 'stdin' : file;
  const totalBytes = file === '-' ? 0 : sizeOf(file);
  const client = clientOf(flags);
  const restored = await interruptible((signal) =>
    withProgress((progress) => {
      let done = 0;
      const onProgress = (chunkBytes: number): void => {
        done += chunkBytes;
        if (totalBytes === 0) progress.line(`restoring ${bytes(done)}`);
        else progress.show(`restoring ${label}`, Math.min(1, done / totalBytes));
      };
      const source = file === '-' ? process.stdin : createReadStream(file);
      return client.restore(readable(source, label), {
        label,
        name: flags.name ?? null,
        signal,
        onProgress,
      });
    }),
  );
  if (flags.json === true) printJson({ schema: 'pagelend.lease-restored/1', ...restored });
  else {
    const { name, pages, size } = restored;
    print(
      `restored lease ${name}: ${bytes(size)}, ${count(pages)} pages; pagelend lease show ${name} attaches it`,
    );
  }
}

function sizeOf(file: string): number {
  const status = statSync(file, { throwIfNoEntry: false });
  if (status === undefined) throw unreadable(file, 'there is no such file');
  if (status.isDirectory()) throw unreadable(file, 'it is a folder');
  return status.isFile() ? status.size : 0;
}

async function* readable(
  source: AsyncIterable<Uint8Array>,
  label: string,
): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (error) {
    throw unreadable(label, (error as Error).message);
  }
}

function unreadable(file: string, why: string): CliError {
  return new CliError('CLI_USAGE', `${file}: cannot be read: ${why}`);
}
