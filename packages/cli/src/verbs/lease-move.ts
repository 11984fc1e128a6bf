// pagelend lease move: a lease to another lender, while its guest runs.

import { resolve } from 'node:path';
import { type LenderClient, type MoveEvent, RemoteError } from '@pagelend/daemon';
import type { Command } from 'commander';
import { CliError } from '../failure.ts';
import { interruptible } from '../interrupt.ts';
import { type AskOptions, addAskOptions, clientOf } from '../lender-options.ts';
import { type Progress, withProgress } from '../progress.ts';
import { bytes, count, print, printJson } from '../text.ts';

interface MoveFlags extends AskOptions {
  readonly to?: string;
  readonly cancel?: boolean;
  readonly force?: boolean;
}

interface Moved {
  pages: number;
  bytes: number;
  passes: number;
  paused_ms: number | null;
  socket: string | null;
}

const TEACHES = `
The guest sees a pause and no error: its requests wait while the last pages are copied, then its
client reconnects. QEMU does if its disk has reconnect-delay, as lease show prints it; a guest's
kernel does with nbd-keep, and not with nbd-client (docs/guests). The lease's socket here leads to
the other lender from then on, or this daemon relays; lease delete NAME here removes that way.
Ctrl-C takes the lease back where that can be done.

A move that a crash has cut short goes on by itself when both daemons run, and the lease is closed
until then. --cancel takes it back if the other lender has not taken it; --force with it says that
that one is gone for good, and that nobody is served there.

Example:
  pagelend lease move web --to /run/pagelend-new
  ssh -fNL /run/other.sock:/run/pagelend/admin.sock other && pagelend lease move web --to /run/other.sock`;

export function addLeaseMove(lease: Command): void {
  const verb = lease
    .command('move')
    .description('move a lease to another lender while its guest runs')
    .argument('<NAME>', 'a lease')
    .option('--to <PATH>', "the other lender's state directory, or its admin socket")
    .option('--cancel', 'take the lease back')
    .option('--force', 'with --cancel: the other lender is gone for good');
  addAskOptions(verb).addHelpText('after', TEACHES).action(move);
}

async function move(name: string, flags: MoveFlags): Promise<void> {
  const client = clientOf(flags);
  const { to, cancel, force } = flags;
  if ((to === undefined) === (cancel !== true)) {
    throw new CliError('CLI_USAGE', 'expected one of --to PATH and --cancel');
  }
  if (force === true && cancel !== true) {
    throw new CliError('CLI_USAGE', '--force: goes with --cancel alone');
  }
  if (to === undefined) {
    await client.cancelMove(name, force === true);
    if (flags.json === true) printJson({ schema: 'pagelend.move-cancelled/1', name });
    else print(`lease ${name} stays where it is`);
    return;
  }
  const path = resolve(to);
  const moved = await interruptible((signal) =>
    withProgress((progress) => follow(client, name, path, signal, progress)),
  );
  // A signal that came too late has not ended anything.
  process.exitCode = 0;
  if (flags.json === true)
    printJson({ schema: 'pagelend.lease-moved/1', name, to: path, ...moved });
  else print(textOf(name, path, moved));
}

async function follow(
  client: LenderClient,
  name: string,
  to: string,
  signal: AbortSignal,
  progress: Progress,
): Promise<Moved> {
  let hasMoved = false;
  const moved: Moved = { pages: 0, bytes: 0, passes: 0, paused_ms: null, socket: null };
  const cancel = (): void => {
    progress.line('taking the lease back');
    client.cancelMove(name, false).catch(() => {});
  };
  signal.addEventListener('abort', cancel);
  try {
    for await (const event of client.move(name, to)) {
      if (event.event === 'failed') throw new RemoteError(event.error.code, event.error.message);
      show(event, progress, name);
      if (event.event === 'copied') {
        moved.pages += event.pages;
        moved.bytes += event.bytes;
        moved.passes += 1;
      }
      if (event.event !== 'moved') continue;
      hasMoved = true;
      moved.paused_ms = event.paused_ms;
      moved.socket = event.socket;
    }
    if (hasMoved) return moved;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
  throw new CliError(
    'CLI_INTERRUPTED',
    `the daemon went away; when it runs again, pagelend lease show ${name} tells where the lease is`,
  );
}

function show(event: MoveEvent, progress: Progress, name: string): void {
  if (event.event === 'copying') {
    const what = event.pass === 0 ? 'the guest waits' : `pass ${event.pass}`;
    progress.show(`moving ${name}, ${what}`, event.share, `· ${bytes(event.bytes)}`);
  } else if (event.event === 'waiting') progress.line(`waiting: ${event.reason}`);
}

function textOf(name: string, to: string, { pages, bytes: sent, paused_ms }: Moved): string {
  const pause = paused_ms === null ? '' : `; its clients waited for ${Math.round(paused_ms)} ms`;
  return `moved lease ${name} to ${to}: ${count(pages)} pages in ${bytes(sent)}${pause}`;
}
