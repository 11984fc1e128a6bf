// pagelend policies: what there is, what each observes, where it comes from.

import { loadPolicy } from '@pagelend/lab';
import {
  describeOption,
  type Observation,
  observationOf,
  observations,
  optionsOf,
  type PolicyDefinition,
  policies,
} from '@pagelend/policies';
import type { Command } from 'commander';
import { columns, print, printJson } from '../text.ts';

const TEACHES = `
Examples:
  pagelend policies                 the list
  pagelend policies craw-rm         one policy: its source, departures and options
  pagelend policies ./mine.ts       a policy of your own`;

export function addPolicies(program: Command): void {
  program
    .command('policies')
    .description('list the replacement policies: what each observes, its source, its options')
    .argument('[name]', 'a policy, or a file that exports one')
    .option('--json', 'print JSON')
    .addHelpText('after', TEACHES)
    .action(async (name: string | undefined, { json }: { json?: boolean }) => {
      const shown = name === undefined ? policies : [await loadPolicy(name)];
      if (json === true) printJson({ schema: 'pagelend.policies/1', policies: shown.map(asJson) });
      else if (name === undefined) print(list());
      else print(describe(shown[0]!));
    });
}

/** What the policy observes with its defaults. */
function observes(policy: PolicyDefinition): Observation {
  return observationOf(policy, optionsOf(policy, new Map()));
}

function list(): string {
  const rows = policies.map((policy) => [policy.name, observes(policy), policy.summary]);
  const seen = Object.entries(observations).map(([name, says]) => [name, says]);
  return [
    columns(['policy', 'observes', 'idea'], rows),
    '',
    'What a policy may observe, from the least to the most:',
    columns(['', ''], seen).trimStart(),
    '',
    'Options and sources: pagelend policies NAME. Use: --policy NAME[:key=value…],NAME…',
  ].join('\n');
}

function describe(policy: PolicyDefinition): string {
  const lines = [
    `${policy.name}: ${policy.summary ?? 'no summary'}`,
    '',
    `observes  ${observes(policy)}: ${observations[observes(policy)]}`,
    `source    ${policy.source ?? 'not stated'}`,
    ...(policy.departures ?? []).map((departure) => `differs   ${departure}`),
    `costs     ${policy.usesCosts === true ? 'its decisions depend on the cost of reads and writes' : 'its decisions do not depend on costs'}`,
  ];
  const options = Object.entries(policy.options ?? {});
  if (options.length === 0) return [...lines, 'options   none'].join('\n');
  const rows = options.map(([name, option]) => [
    name,
    String(option.default),
    describeOption(option),
    option.says,
  ]);
  return [...lines, '', columns(['option', 'default', 'values', 'meaning'], rows)].join('\n');
}

function asJson(policy: PolicyDefinition): unknown {
  return {
    name: policy.name,
    observes: observes(policy),
    summary: policy.summary ?? null,
    source: policy.source ?? null,
    departures: policy.departures ?? [],
    uses_costs: policy.usesCosts === true,
    options: Object.entries(policy.options ?? {}).map(([name, option]) => ({
      name,
      default: option.default,
      values: describeOption(option),
      meaning: option.says,
    })),
  };
}
