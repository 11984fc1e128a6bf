// Progress on stderr, while it is a terminal: a bar with the time left where the end is known, a
// running count where it is not. Elsewhere nothing, so that logs stay clean.

import type { TraceProgress } from '@pagelend/trace';
import cliProgress from 'cli-progress';
import { quittable } from './interrupt.ts';
import { count } from './text.ts';

const BAR = '{label} {bar} {percentage} % · {eta_formatted} left {note}';
const PERMILLE = 1000;

export class Progress {
  readonly #isTerminal = process.stderr.isTTY === true;
  #bar: cliProgress.SingleBar | null = null;
  #label = '';
  #wroteLine = false;

  /** Shows `share` (0 .. 1) of the stage that `label` names; a new label starts a new bar. */
  show(label: string, share: number, note = ''): void {
    if (!this.#isTerminal) return;
    if (this.#bar === null || this.#label !== label) {
      this.#bar?.stop();
      this.#label = label;
      this.#bar = new cliProgress.SingleBar(
        {
          format: BAR,
          formatTime: timeLeft,
          stream: process.stderr,
          clearOnComplete: true,
          hideCursor: null,
          fps: 5,
        },
        cliProgress.Presets.shades_classic,
      );
      this.#bar.start(PERMILLE, 0, { label, note });
    }
    this.#bar.update(Math.floor(share * PERMILLE), { label, note });
  }

  /** Shows work of unknown length as one line that is written over. */
  line(text: string): void {
    if (!this.#isTerminal) return;
    process.stderr.write(`\r\x1b[K${text}`);
    this.#wroteLine = true;
  }

  /** What an operation on a trace reports. */
  trace(label: string, { references, pages, referencesPerSecond, share }: TraceProgress): void {
    const note = `${count(references)} references, ${count(pages)} pages, ${count(Math.round(referencesPerSecond))}/s`;
    if (share === null) this.line(`${label} ${note}`);
    else this.show(label, share, `· ${note}`);
  }

  /** Clears what is shown. Call it before anything else is printed. */
  end(): void {
    this.#bar?.stop();
    this.#bar = null;
    if (this.#wroteLine) process.stderr.write('\r\x1b[K');
    this.#wroteLine = false;
  }
}

/** 75 as 1m15s; before anything is measured the time is a string, and not yet known. */
function timeLeft(seconds: number | string): string {
  if (typeof seconds === 'string') return '…';
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return `${seconds}s`;
  const two = (value: number): string => String(value).padStart(2, '0');
  return minutes < 60
    ? `${minutes}m${two(seconds % 60)}s`
    : `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
}

/** Runs `work` with a progress display that is gone afterwards, however it ends. */
export async function withProgress<T>(work: (progress: Progress) => Promise<T>): Promise<T> {
  const progress = new Progress();
  try {
    return await work(progress);
  } finally {
    progress.end();
  }
}

/** The same for work that has nothing to clean up but the display: Ctrl-C ends it at once. */
export function withQuittableProgress<T>(work: (progress: Progress) => Promise<T>): Promise<T> {
  return withProgress((progress) =>
    quittable(
      () => progress.end(),
      () => work(progress),
    ),
  );
}
