// pagelend completion SHELL: scripts for bash, zsh, fish and PowerShell, made from the commands.

import tab from '@bomb.sh/tab/commander';
import { media } from '@pagelend/lab';
import { policies } from '@pagelend/policies';
import { exportFormats, importFormats } from '@pagelend/trace';
import type { Command } from 'commander';

const TEACHES = `
Load it in your shell's start file:
  bash        source <(pagelend completion bash)
  zsh         source <(pagelend completion zsh)
  fish        pagelend completion fish | source
  PowerShell  pagelend completion powershell | Out-String | Invoke-Expression`;

export function addCompletion(program: Command): void {
  const completion = tab(program, { completionCommandName: 'completion' });
  program.commands
    .find((command) => command.name() === 'completion')
    ?.description('print a completion script for bash, zsh, fish or powershell')
    .addHelpText('after', TEACHES);
  const values: [command: string, option: string, names: readonly string[]][] = [
    ['sim', 'policy', policies.map(({ name }) => name)],
    ['sim', 'medium', Object.keys(media)],
    ['trace import', 'format', importFormats.map(({ name }) => name)],
    ['trace export', 'format', exportFormats.map(({ name }) => name)],
  ];
  for (const [command, option, names] of values) {
    const found = completion.commands.get(command)?.options.get(option);
    if (found === undefined) continue;
    found.handler = (complete) => {
      for (const name of names) complete(name, '');
    };
  }
}
