// The command itself, without its verbs: what it says of itself, how it says what is wrong.

import { Command } from 'commander';
import { complain } from './failure.ts';

const TEACHES = `
Lend memory, and give a guest its share:
  pagelend serve --memory 4GiB --lease web=8GiB          in one terminal
  pagelend lease show web                                QEMU flags, libvirt XML, swapon
  pagelend top                                           watch it

Study replacement policies, a first round trip:
  pagelend trace record -o ls.plt -- ls -lR /usr/lib     record what a program touches
  pagelend trace info ls.plt                             see how it uses memory
  pagelend sim ls.plt --frames 25%,50% --html ls.html    compare the policies on it
  pagelend reproduce craw-rm --html craw-rm.html         measure the paper's figure

Results go to stdout, everything else to stderr. All verbs take --json but serve, record and
completion. Exit status: 0 done, 1 failed, 2 usage, 130 and 143 on signals.`;

export function makeRoot(): Command {
  return new Command('pagelend')
    .description(
      'Lends memory, page by page, to virtual machines that run short of it, and\n' +
        'chooses which pages leave. The lender keeps what guests swap out, compressed,\n' +
        'in its memory; the laboratory records the page references of a program, replays\n' +
        'them under replacement policies and compares their I/O time.',
    )
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .addHelpText('after', TEACHES)
    .exitOverride()
    .configureOutput({ outputError: (text) => complain(sentence(text), 'CLI_USAGE') });
}

/** Adds a command that is nothing without one of its own commands. */
export function addGroup(program: Command, name: string, description: string): Command {
  const group = program
    .command(name)
    .description(description)
    .helpCommand('help [command]', 'print the help of a command')
    // The only help that goes to stderr is the one that stands for a missing command.
    .configureOutput({ writeErr: () => complain(missingVerb(group), 'CLI_USAGE') });
  return group;
}

function missingVerb(command: Command): string {
  const verbs = command.commands.map((verb) => verb.name()).join(', ');
  return `expected a command after ${command.name()}: ${verbs}; see pagelend ${command.name()} --help`;
}

/** Commander's errors in the form of all others: no prefix, no full stop, and what to do. */
function sentence(text: string): string {
  const plain = text
    .trim()
    .replace(/^error: /, '')
    .replace(/\.$/, '')
    .replace(/\. (Expected|Allowed) /, (_, word: string) => `: ${word.toLowerCase()} `);
  const isHelpless = /^(unknown|missing|required|too many)/.test(plain) && !plain.includes('(Did');
  return isHelpless ? `${plain}; see --help` : plain;
}
