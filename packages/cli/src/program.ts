// The table of commands. Each verb is a file that adds itself here; help, completion scripts and
// docs/cli.md are all made from what they declare.

import { VERSION } from '@pagelend/lab';
import { Command } from 'commander';
import { complain } from './failure.ts';
import { addCompletion } from './verbs/completion.ts';
import { addPolicies } from './verbs/policies.ts';
import { addSim } from './verbs/sim.ts';
import { addTraceExport } from './verbs/trace-export.ts';
import { addTraceImport } from './verbs/trace-import.ts';
import { addTraceInfo } from './verbs/trace-info.ts';
import { addTraceRecord } from './verbs/trace-record.ts';
import { addTraceReduce } from './verbs/trace-reduce.ts';
import { addTraceSynth } from './verbs/trace-synth.ts';

const TEACHES = `
A first round trip:
  pagelend trace record -o ls.plt -- ls -lR /usr/lib     record what a program touches
  pagelend trace info ls.plt                             see how it uses memory
  pagelend sim ls.plt --frames 25%,50% --html ls.html    compare the policies on it

Results go to stdout, everything else to stderr. All verbs take --json but record and completion.
Exit status: 0 done, 1 failed, 2 usage, 130 and 143 on signals.`;

export function makeProgram(): Command {
  const program = new Command('pagelend')
    .description(
      'Lends memory, page by page, to virtual machines that run short of it, and\n' +
        'chooses which pages leave. This is its laboratory: record the page references\n' +
        'of a program, replay them under replacement policies, compare their I/O time.',
    )
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .addHelpText('after', TEACHES)
    .exitOverride()
    .configureOutput({ outputError: (text) => complain(sentence(text), 'CLI_USAGE') });
  const trace = program
    .command('trace')
    .description('record, import, export, inspect and make traces of page references')
    .helpCommand('help [command]', 'print the help of a command')
    // The only help that goes to stderr is the one that stands for a missing command.
    .configureOutput({ writeErr: () => complain(missingVerb(trace), 'CLI_USAGE') });
  addTraceRecord(trace);
  addTraceImport(trace);
  addTraceExport(trace);
  addTraceInfo(trace);
  addTraceSynth(trace);
  addTraceReduce(trace);
  addSim(program);
  addPolicies(program);
  addCompletion(program);
  return program;
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
