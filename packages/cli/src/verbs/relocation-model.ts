// pagelend reproduce relocation --model: the same guests counted instead of booted, beside what real
// ones did.

import type { Measurement, PlanOptions } from '@pagelend/relocation';
import { repositoryFile } from '../experiments.ts';
import { CliError } from '../failure.ts';
import { checkDistinct, checkOutput } from '../output-file.ts';
import { withQuittableProgress } from '../progress.ts';
import { type ResultOutputs, showResult } from '../show-result.ts';

const CONTENTS_FILE = 'experiments/page-contents.json';
const TRACE = 'perl.plt';

export interface ModelOptions extends ResultOutputs {
  readonly model?: boolean;
  readonly measured?: string;
  readonly policy?: string;
  readonly guests?: number;
}

/** Of an option of the verb, by its attribute, whether it stood on the command line. */
export type IsGiven = (attribute: string) => boolean;

const guestsOnly = {
  full: '--full',
  rounds: '--rounds',
  configurations: '--configurations',
  guestKind: '--guest-kind',
  jobFiles: '--job-files',
} as const;
const modelOnly = { measured: '--measured', policy: '--policy', guests: '--guests' } as const;

/** Throws where an option of the one was given with the other. */
export function checkModelOptions(isModel: boolean, isGiven: IsGiven): void {
  const strange = Object.entries(isModel ? guestsOnly : modelOnly).find(([name]) => isGiven(name));
  if (strange === undefined) return;
  const says = isModel
    ? 'is for real guests, and with --model none runs; leave out one of them'
    : 'is for the model; give --model too';
  throw new CliError('CLI_USAGE', `${strange[1]} ${says}`);
}

export async function showModel(asked: PlanOptions, options: ModelOptions): Promise<void> {
  const { csv, html, json, measured } = options;
  const files = [csv, html].filter((path) => path !== undefined);
  const inputs = measured === undefined || measured === 'none' ? [] : [measured];
  checkDistinct(json === true ? [...files, '-'] : files, inputs);
  for (const path of files) checkOutput(path);
  const room = await import('@pagelend/relocation');
  const { compressiblePercent: percent } = asked;
  const cases = room.casesFor({
    ...asked,
    guests: options.guests,
    hogContent: percent === undefined ? undefined : `hog-${percent}`,
  });
  const measurement = await measurementOf(measured);
  const result = await withQuittableProgress((progress) =>
    room.runModel({
      contents: room.loadContents(repositoryFile(CONTENTS_FILE)),
      trace: { path: repositoryFile(`recordings/${TRACE}`), name: TRACE },
      policy: options.policy,
      seed: asked.seed,
      cases,
      sweeps: asked.hasSweep === false ? [] : undefined,
      measurement,
      onProgress: (share, doing) => progress.show('relocation, the model', share, `· ${doing}`),
    }),
  );
  showResult(result, options, {
    csv: () => room.renderModelCsv(result),
    html: () => room.renderModelPage(result),
    text: () => room.renderModel(result),
  });
}

async function measurementOf(asked: string | undefined): Promise<Measurement | undefined> {
  if (asked === 'none') return undefined;
  const { loadMeasurement, SHIPPED_MEASUREMENT } = await import('@pagelend/relocation');
  return asked === undefined
    ? loadMeasurement(repositoryFile(SHIPPED_MEASUREMENT), SHIPPED_MEASUREMENT)
    : loadMeasurement(asked, asked);
}
