// pagelend reproduce craw-rm: the paper's evaluation (section IV, Figure 2) on recordings of four
// desktop programs: averages beside the published ones, what agrees, and the figure as a page.

import {
  type CrawRmResult,
  loadExperiment,
  recordingsIn,
  renderCrawRm,
  renderCrawRmPage,
  renderCsv,
  reproduceCrawRm,
} from '@pagelend/lab';
import type { Command } from 'commander';
import { repositoryFile } from '../experiments.ts';
import { wholeNumber } from '../numbers.ts';
import { checkDistinct, checkOutput, writeOutput } from '../output-file.ts';
import { withQuittableProgress } from '../progress.ts';
import { runRecordScript } from '../record-script.ts';
import { note, print, printJson } from '../text.ts';

const RECORDED_FOLDER = 'craw-rm-recordings';

const TEACHES = `
Replays recordings of a document viewer, a game, a media player and an image browser under CLOCK,
CAR, CRAW and CRAW-RM: at the paper's sizes of 500 to 2000 frames and on curves over the footprint,
with writes that cost 2, 4 and 8 reads, with and without cold faults, links immediate and lazy.
CRAW and CRAW-RM are reconstructions; see pagelend policies craw-rm.

The four recordings come with pagelend; the configuration and the published numbers are in
experiments/craw-rm.json, and experiments/record-desktop.sh is what --record runs.

Examples:
  pagelend reproduce craw-rm --html craw-rm.html
  pagelend reproduce craw-rm --quick                             the paper's four sizes alone
  pagelend reproduce craw-rm --record --recordings desktop/      record the programs here first`;

interface CrawRmOptions {
  readonly recordings?: string;
  readonly record?: boolean;
  readonly quick?: boolean;
  readonly jobs?: number;
  readonly json?: boolean;
  readonly csv?: string;
  readonly html?: string;
}

export function addReproduceCrawRm(reproduce: Command): void {
  reproduce
    .command('craw-rm')
    .description(
      "the CRAW-RM paper's evaluation: I/O time relative to CLOCK on four desktop programs",
    )
    .option('--recordings <folder>', 'recordings of your own: viewer, game, player, images (.plt)')
    .option(
      '--record',
      `record the programs afresh, into the folder of --recordings (default: ${RECORDED_FOLDER})`,
    )
    .option('--quick', "replay at the paper's four sizes alone")
    .option('-j, --jobs <number>', 'worker threads (default: one per core)', wholeNumber(1))
    .option('--json', 'print JSON (schema pagelend.reproduce-craw-rm/1)')
    .option('--csv <file>', 'write the rows as CSV; - for stdout instead of the table')
    .option('--html <file>', 'write the page: one file, opens anywhere; - likewise')
    .addHelpText('after', TEACHES)
    .action(reproduceIt);
}

async function reproduceIt(options: CrawRmOptions): Promise<void> {
  const experiment = loadExperiment(repositoryFile('experiments/craw-rm.json'));
  const recordings =
    options.recordings ??
    (options.record === true ? RECORDED_FOLDER : repositoryFile('recordings/desktop'));
  const files = [options.csv, options.html].filter((path) => path !== undefined);
  const inputs = experiment.workloads.map(({ name }) => `${recordings}/${name}.plt`);
  checkDistinct(options.json === true ? [...files, '-'] : files, inputs);
  for (const path of files) checkOutput(path);
  if (options.record === true) {
    await runRecordScript(repositoryFile('experiments/record-desktop.sh'), recordings);
  }
  recordingsIn(recordings, experiment.workloads);
  const result = await withQuittableProgress((progress) =>
    reproduceCrawRm(
      { experiment, recordings, isQuick: options.quick === true, jobs: options.jobs },
      (workload, share) => progress.show('reproducing craw-rm', share, `· ${workload}`),
    ),
  );
  show(result, options);
}

/** Stdout comes last: its reader may be gone, which ends the process, and no file may be lost. */
function show(result: CrawRmResult, { csv, html, json }: CrawRmOptions): void {
  const outputs: [path: string | undefined, render: () => string][] = [
    [csv, () => renderCsv(result)],
    [html, () => renderCrawRmPage(result)],
  ];
  for (const [path, render] of outputs) {
    if (path === undefined || path === '-') continue;
    writeOutput(path, render());
    note(`wrote ${path}`);
  }
  if (json === true) printJson(result);
  else if (csv === '-') print(renderCsv(result));
  else if (html === '-') print(renderCrawRmPage(result));
  else print(renderCrawRm(result));
}
