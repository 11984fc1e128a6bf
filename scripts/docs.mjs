// Reference pages, made from the tables that the code uses: docs/cli.md and the manual page from the
// commands, docs/policies.md from the policies, docs/configuration.md from the lender's settings,
// docs/metrics.md from its metrics, docs/errors.md from the tables of codes. A test holds the
// committed pages to this; `npm run docs` writes them.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codecErrors } from '@pagelend/codec';
import {
  daemonErrors,
  daemonMetrics,
  leaseMetrics,
  poolMetrics,
  settings,
  tierMetrics,
} from '@pagelend/daemon';
import { guestErrors } from '@pagelend/guests';
import { judgeErrors } from '@pagelend/judge';
import { labErrors, media, VERSION } from '@pagelend/lab';
import { linuxErrors } from '@pagelend/linux';
import {
  describeOption,
  observationOf,
  observations,
  optionsOf,
  policies,
  policyErrors,
} from '@pagelend/policies';
import { relocationErrors } from '@pagelend/relocation';
import { findingKinds, storeErrors } from '@pagelend/store';
import { tierErrors } from '@pagelend/tier';
import { traceErrors } from '@pagelend/trace';
import { cliErrors, makeProgram } from '../packages/cli/dist/index.js';
import { manPage } from './man-page.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const HELP_WIDTH = 96;
const MADE = '<!-- Made by `npm run docs` from the tables in the code; change those instead. -->';

/** Page path to its whole content. */
export function renderPages() {
  return new Map([
    ['docs/cli.md', cliPage()],
    ['docs/policies.md', policiesPage()],
    ['docs/configuration.md', configurationPage()],
    ['docs/metrics.md', metricsPage()],
    ['docs/errors.md', errorsPage()],
    ['docs/pagelend.1', manPage(makeProgram(), VERSION)],
  ]);
}

function cliPage() {
  const program = makeProgram();
  const mediaRows = Object.entries(media).map(
    ([name, { readCost, writeCost, says }]) =>
      `| \`${name}\` | ${readCost} | ${writeCost} | ${says} |`,
  );
  const parts = [
    '# The command line',
    MADE,
    'Results go to stdout, everything else to stderr. Exit status: 0 done, 1 failed, 2 usage, 130 and 143 on signals; `trace record` passes the status of the recorded program through.',
    ...commandParts(program, 'pagelend'),
    [
      '## Storage media',
      '',
      'Presets of `sim --medium`: illustrative costs of reading and writing a page.',
      '',
      '| medium | read | write | what |',
      '| --- | --- | --- | --- |',
      ...mediaRows,
    ].join('\n'),
  ];
  return `${parts.join('\n\n')}\n`;
}

function commandParts(command, path) {
  const own = ['```', helpOf(command), '```'].join('\n');
  const children = command.commands
    .filter((child) => !child._hidden && child.name() !== 'help')
    .flatMap((child) => commandParts(child, `${path} ${child.name()}`));
  return [`## ${path}`, own, ...children];
}

/** The whole help, with the examples that follow the options. */
function helpOf(command) {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => HELP_WIDTH,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trim();
}

function policiesPage() {
  const seen = Object.entries(observations).map(([name, says]) => `| \`${name}\` | ${says} |`);
  return `${[
    '# Policies',
    MADE,
    'What a policy may observe, from the least to the most. A host refuses a policy that observes more than it shows.',
    ['| observes | meaning |', '| --- | --- |', ...seen].join('\n'),
    'CRAW and CRAW-RM are reconstructions: the text of CRAW could not be had, so what its abstract and the paper on CRAW-RM leave open is a named option, with the number of the [decision](#decisions-of-the-reconstruction) and the default of this reconstruction.',
    ...policies.map(policyPart),
    decisionsPart(),
  ].join('\n\n')}\n`;
}

function policyPart(policy) {
  const observes = observationOf(policy, optionsOf(policy, new Map()));
  const facts = [
    policy.summary,
    '',
    `- Observes: \`${observes}\`${typeof policy.observes === 'function' ? ' by default; less with `link=lazy`' : ''}.`,
    `- Source: ${policy.source}.`,
    ...(policy.departures ?? []).map((departure) => `- Differs: ${departure}.`),
    `- ${policy.usesCosts ? 'Its decisions depend on the costs of reads and writes.' : 'Its decisions do not depend on costs.'}`,
  ];
  const options = Object.entries(policy.options ?? {}).map(
    ([name, option]) =>
      `| \`${name}\` | ${option.default} | ${describeOption(option).replaceAll('|', ' \\| ')} | ${option.says.replaceAll('|', '\\|')} |`,
  );
  const table = [
    '| option | default | values | meaning |',
    '| --- | --- | --- | --- |',
    ...options,
  ];
  return [`## ${policy.name}`, '', ...facts, ...(options.length > 0 ? ['', ...table] : [])].join(
    '\n',
  );
}

/** What the numbers in the options of CRAW and CRAW-RM are. D1 and the end of D14 have no option. */
const DECISIONS = [
  [
    'stated',
    'A page is resident while it is in the read or the write area; in neither, its frame is free',
  ],
  [
    'stated for CRAW-RM, inferred for CRAW',
    'A read fault enters the read area; a write fault the write area, in CRAW-RM both',
  ],
  ['inferred', 'A resident page joins the other area at its first reference of that kind'],
  [
    'inferred, and decisive',
    'The read area starts with a target of nothing and earns its share by ghost hits',
  ],
  ['inferred', 'The read area is scanned while it is at or above its target, else the write area'],
  [
    'stated that costs weigh ghost hits; the formula is inferred',
    'A hit on a read ghost gives the read area a frame, one on a write ghost takes as many as a write costs reads',
  ],
  [
    'inferred',
    'A ghost hit is a reference of the kind that the area is for; in CRAW-RM, for the read area, any',
  ],
  [
    'inferred',
    'A page becomes a ghost of the area that it leaves, even where it stays resident in the other',
  ],
  ['inferred', 'An area and its ghosts together hold at most as many pages as there are frames'],
  ['inferred', 'Whether the faulting page is a ghost is settled before room is made for it'],
  [
    'inferred',
    'Leaving the write area writes nothing; a modified page is written when its frame is freed',
  ],
  [
    'stated that write frequency counts; the form is inferred',
    'A counter that saturates grows when the scan finds a write, and each count is one more turn',
  ],
  ['inferred', "A new page's bits are set, since the access that faulted is made again"],
  ['inferred', 'Bits are not cleared from time to time, and nothing is written in the background'],
];

function decisionsPart() {
  const rows = DECISIONS.map(([status, says], index) => `| D${index + 1} | ${says} | ${status} |`);
  return [
    '## Decisions of the reconstruction',
    '',
    'The numbers D1 to D14 in the options of `craw-rm` and `craw`. Stated: the sources say so. Inferred: they leave it open, and this is what was chosen.',
    '',
    '| number | decision, as the defaults have it | status |',
    '| --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function configurationPage() {
  const rows = Object.entries(settings).map(
    ([name, { value, default: preset, says }]) =>
      `| \`${name}\` | ${value === '' ? '' : `\`${value.replaceAll('|', '\\|')}\``} | ${preset === null ? '' : `\`${preset}\``} | ${says} |`,
  );
  return `${[
    '# Configuration of the lender',
    MADE,
    'Each setting is a flag of `pagelend serve` (`--state-dir DIR`) and a key of the file that `--config FILE` names (TOML: `state-dir = "DIR"`); a flag goes before the file. Sizes are bytes or have a binary unit (`64MiB`, `4g`); leases in the file are a list, of texts or of tables (`{ name = "web", size = "8GiB", limit = "2GiB" }`). An example: [`examples/serve/pagelend.toml`](../examples/serve/pagelend.toml).',
    ['| setting | value | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n'),
  ].join('\n\n')}\n`;
}

function metricsPage() {
  const part = (title, metrics) =>
    [
      `## ${title}`,
      '',
      '| metric | type | meaning |',
      '| --- | --- | --- |',
      ...Object.entries(metrics).map(
        ([name, { kind, says }]) => `| \`${name}\` | ${kind} | ${says} |`,
      ),
    ].join('\n');
  return `${[
    '# Metrics',
    MADE,
    'Prometheus scrapes them at `/metrics` of `--http`, or over the admin socket.',
    part('The pool', poolMetrics),
    part('Each lease (label `lease`)', leaseMetrics),
    part('The tier behind the pool, only where there is one', tierMetrics),
    part('The daemon', daemonMetrics),
  ].join('\n\n')}\n`;
}

function errorsPage() {
  const rooms = [
    ['Policies', policyErrors],
    ['Traces', traceErrors],
    ['Laboratory', labErrors],
    ['Lender', daemonErrors],
    ['Store', storeErrors],
    ['Tier', tierErrors],
    ['Judge', judgeErrors],
    ['Codecs', codecErrors],
    ['Linux', linuxErrors],
    ['Guests', guestErrors],
    ['Relocation experiment', relocationErrors],
    ['Command line', cliErrors],
  ];
  const parts = rooms.map(([title, codes]) =>
    [
      `## ${title}`,
      '',
      '| code | meaning |',
      '| --- | --- |',
      ...Object.entries(codes).map(([code, says]) => `| \`${code}\` | ${says} |`),
    ].join('\n'),
  );
  return `${[
    '# Errors',
    MADE,
    'A failure is one line on stderr, `pagelend: what happened; what to do [CODE]`. Codes do not change.',
    ...parts,
    findingsPart(),
  ].join('\n\n')}\n`;
}

function findingsPart() {
  const rows = Object.entries(findingKinds).map(
    ([kind, { severity, says }]) => `| \`${kind}\` | ${severity} | ${says} |`,
  );
  return [
    '## Findings of pagelend check',
    '',
    'With `damage` and `unchecked` its status is 1; a `note` is about nothing that is lost.',
    '',
    '| kind | severity | meaning |',
    '| --- | --- | --- |',
    ...rows,
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, content] of renderPages()) writeFileSync(join(root, path), content);
}
