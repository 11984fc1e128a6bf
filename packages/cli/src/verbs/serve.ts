// pagelend serve: the lender, in the foreground. Its options are the daemon's settings.

import { type SettingName, settings, startLending } from '@pagelend/daemon';
import { type Command, Option } from 'commander';
import { complain, FAILED } from '../failure.ts';
import { firstSignal, heedHangUp } from '../interrupt.ts';

const TEACHES = `
It runs in the foreground and says \`ready: …\` on stderr once guests are let in. SIGTERM and Ctrl-C
stop it in order: what was received is answered, all pages stay where they are, and the next start
finds them (a reboot of the host ends them). A second one quits at once, which loses nothing either.
A terminal that goes away stops it too; without one, as under nohup, SIGHUP does nothing.

A write past a limit gets EIO by default: the guest keeps that page in its memory and goes on. With
--full-error ENOSPC QEMU pauses the guest until there is room.

All options but --config can be set in the file, as TOML with the same names; flags override it.

Examples:
  pagelend serve --memory 4GiB --lease web=8GiB --lease db=4GiB,limit=1GiB
  pagelend serve --config pagelend.toml --log-level debug
  pagelend serve --memory 4GiB --socket-group libvirt-qemu`;

export function addServe(program: Command): void {
  const verb = program
    .command('serve')
    .description('lend compressed memory to guests: the daemon')
    .option('-c, --config <FILE>', 'read settings from this TOML file');
  for (const name of Object.keys(settings) as SettingName[]) verb.addOption(optionOf(name));
  verb.addHelpText('after', TEACHES).action(run);
}

function optionOf(name: SettingName): Option {
  const { kind, value, default: standard, says } = settings[name];
  const shown = standard === null ? says : `${says} (default: ${standard})`;
  const option = new Option(value === '' ? `--${name}` : `--${name} <${value}>`, shown);
  if (kind === 'leases') {
    option.argParser((text: string, before: string[] = []) => [...before, text]);
  }
  return option;
}

async function run(given: Record<string, unknown>, verb: Command): Promise<void> {
  const heedsHangUp = heedHangUp();
  const flags = Object.fromEntries(
    verb.options
      .filter((option) => option.long !== '--config' && option.long !== '--help')
      .map((option) => [option.name(), given[option.attributeName()]])
      .filter(([, value]) => value !== undefined),
  );
  const file = typeof given.config === 'string' ? given.config : null;
  const lender = await startLending(flags, file, { onFailure: quitByFailure });
  process.stderr.write(`ready: ${lender.readyText}\n`);
  await firstSignal(heedsHangUp);
  await lender.stop();
  // Whatever Node still waits for is not ours: the pool is closed, the lock is free.
  process.exit();
}

/** As after a kill: all that was acknowledged is in the pool, and the next start finds it. */
function quitByFailure(error: Error): void {
  complain(
    `a serving thread failed, start again: ${error.stack ?? error.message}`,
    'DAEMON_FAILED',
  );
  process.exit(FAILED);
}
