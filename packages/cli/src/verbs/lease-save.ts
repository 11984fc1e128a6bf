// pagelend lease save: a lease's pages into a file.

import type { LenderClient, SavedPart } from '@pagelend/daemon';
import type { Command } from 'commander';
import { CliError } from '../failure.ts';
import { interruptible } from '../interrupt.ts';
import { type AskOptions, addAskOptions, clientOf } from '../lender-options.ts';
import { wholeNumber } from '../numbers.ts';
import { checkOutput } from '../output-file.ts';
import { withProgress } from '../progress.ts';
import { writeParts } from '../stream-output.ts';
import { bytes, count, showDone } from '../text.ts';

interface SaveFlags extends AskOptions {
  readonly output: string;
  readonly pause: number;
}

interface Saved {
  readonly pages: number;
  readonly bytes: number;
  readonly digest: string;
}

const TEACHES = `
The lease's clients wait while it is saved: they see a pause and no error. To save a guest, suspend
it first, and save its memory beside its lease: what it swaps out after its memory was saved does
not go with it. Past --pause the save is given up and the clients are served again.

Example:
  virsh suspend web && pagelend lease save web -o web.lease && virsh save web web.ram`;

export function addLeaseSave(lease: Command): void {
  const verb = lease
    .command('save')
    .description("save a lease's pages to a file, to be restored here or elsewhere")
    .argument('<NAME>', 'a lease')
    .requiredOption('-o, --output <FILE>', 'the file to write, - for stdout')
    .option('--pause <SECONDS>', 'how long its clients may wait at most', wholeNumber(1), 60);
  addAskOptions(verb).addHelpText('after', TEACHES).action(save);
}

async function save(name: string, flags: SaveFlags): Promise<void> {
  const { output, pause } = flags;
  checkOutput(output);
  const client = clientOf(flags);
  const saved = await interruptible((signal) => saveTo(client, name, output, pause, signal));
  const text = `${output}: lease ${name}, ${count(saved.pages)} pages in ${bytes(saved.bytes)}`;
  showDone(output, flags.json === true, text, {
    schema: 'pagelend.lease-saved/1',
    name,
    file: output,
    pages: saved.pages,
    file_bytes: saved.bytes,
    digest: saved.digest,
  });
}

function saveTo(
  client: LenderClient,
  name: string,
  output: string,
  pause: number,
  signal: AbortSignal,
): Promise<Saved> {
  return withProgress(async (progress) => {
    const { lease } = await client.lease(name);
    const state = { pages: 0, bytes: 0, digest: '' };
    const parts = async function* (): AsyncGenerator<Uint8Array> {
      for await (const part of client.save(name, pause)) {
        signal.throwIfAborted();
        noteOf(part, state);
        progress.show(`saving ${name}`, Math.min(1, state.bytes / (lease.compr_data_size || 1)));
        yield part.bytes;
      }
    };
    await writeParts(output, parts());
    if (state.digest === '') throw new CliError('CLI_OUTPUT', `${output}: nothing was saved`);
    return state;
  });
}

function noteOf({ bytes, totals }: SavedPart, state: { -readonly [K in keyof Saved]: Saved[K] }) {
  state.bytes += bytes.length;
  if (totals === null) return;
  state.pages = totals.pages;
  state.digest = totals.digest;
}
