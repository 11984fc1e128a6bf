// pagelend lease advise: what more memory or another policy would change, as shadow copies say.

import type { LeaseAdviceJson } from '@pagelend/daemon';
import type { Command } from 'commander';
import { CliError } from '../failure.ts';
import { type AskOptions, addAskOptions, clientOf } from '../lender-options.ts';
import { bytes, columns, count, print, printJson } from '../text.ts';

const TEACHES = `
A lender with a tier runs shadow copies of its policy with other sizes of memory, and of other
policies, on a sample of what each guest asks for. Faults are pages read from the tier; device time
is what reading and writing it would cost. ± is the standard error of the estimate; what is not known
yet, since too little was seen, is said to be.

Examples:
  pagelend lease advise
  pagelend lease advise web --json`;

const UNKNOWN = {
  'warming-up': 'not known yet',
  'too-coarse': 'too few pages to tell',
  'too-few-events': 'too few faults to tell',
} as const;

export function addLeaseAdvise(lease: Command): void {
  const verb = lease
    .command('advise')
    .description('say what more memory or another policy would change')
    .argument('[NAME]', 'a lease (default: all)');
  addAskOptions(verb)
    .addHelpText('after', TEACHES)
    .action(async (name: string | undefined, options: AskOptions) => {
      const { schema, leases: all } = await clientOf(options).advice();
      const leases = name === undefined ? all : all.filter((one) => one.name === name);
      if (name !== undefined && leases.length === 0) {
        throw new CliError(
          'CLI_USAGE',
          `there is no lease ${name} to advise on; pagelend lease list shows those that are`,
        );
      }
      if (options.json === true) printJson({ schema, leases });
      else if (leases.length === 0) print('no leases; pagelend lease create NAME --size SIZE');
      else print(leases.map(adviceText).join('\n\n'));
    });
}

function adviceText(advice: LeaseAdviceJson): string {
  const { name, resident_bytes, policy, references, sample_rate } = advice;
  const sampled = sample_rate === 1 ? 'all looked at' : `1 page of ${1 / sample_rate} looked at`;
  const rows = [
    ...advice.more_memory.map((more) => [
      `+${bytes(more.bytes)}`,
      saved(more.unknown, more.fewer_faults_percent, more.fewer_faults_error),
      '',
      '',
    ]),
    ...advice.other_policies.map((other) => [
      other.policy,
      saved(other.unknown, other.fewer_reads_percent, other.fewer_reads_error),
      other.unknown === null
        ? saved(null, other.fewer_writes_percent, other.fewer_writes_error)
        : '',
      other.unknown === null
        ? saved(null, other.less_device_time_percent, other.less_device_time_error)
        : '',
    ]),
  ];
  return [
    `lease ${name}: ${bytes(resident_bytes)} in memory under ${policy}, ${count(references)} references, ${sampled}`,
    columns(['with', 'faults', 'written', 'device time'], rows, [1, 2, 3]),
  ].join('\n');
}

/** A percentage of less as people read it: -12.3 % ± 0.4. */
function saved(
  unknown: keyof typeof UNKNOWN | null,
  percent: number | null,
  error: number | null,
): string {
  if (unknown !== null) return UNKNOWN[unknown];
  if (percent === null) return '–';
  const sign = percent > 0 ? '-' : '+';
  const spread = error === null || error === 0 ? '' : ` ± ${error.toFixed(1)}`;
  return `${sign}${Math.abs(percent).toFixed(1)} %${spread}`;
}
