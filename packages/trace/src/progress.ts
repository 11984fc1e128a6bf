// Progress of long work, at most five times a second, and its interruption.
import { TraceError } from './errors.ts';
import { PROGRESS_INTERVAL_MS } from './limits.ts';

export interface TraceProgress {
  readonly references: number;
  readonly pages: number;
  readonly referencesPerSecond: number;
  /** Share of the input that is done, 0 to 1; null if its length is unknown. */
  readonly share: number | null;
}

export type OnProgress = (progress: TraceProgress) => void;

/** What all long operations accept. */
export interface LongWork {
  readonly onProgress?: OnProgress | undefined;
  /** Stops the work with TRACE_ABORTED and leaves no output. */
  readonly signal?: AbortSignal | undefined;
}

export class ProgressMeter {
  readonly #work: LongWork;
  readonly #startMs = performance.now();
  #lastMs = 0;

  constructor(work: LongWork) {
    this.#work = work;
  }

  /** To be called every few thousand references: reports when it is time, throws if aborted. */
  tick(references: number, pages: number, share: number | null): void {
    if (this.#work.signal?.aborted === true) {
      throw new TraceError('TRACE_ABORTED', 'interrupted; no output was left');
    }
    const { onProgress } = this.#work;
    if (onProgress === undefined) return;
    const nowMs = performance.now();
    if (nowMs - this.#lastMs < PROGRESS_INTERVAL_MS) return;
    this.#lastMs = nowMs;
    const seconds = (nowMs - this.#startMs) / 1000;
    const referencesPerSecond = seconds > 0 ? Math.round(references / seconds) : 0;
    onProgress({ references, pages, referencesPerSecond, share });
  }
}
