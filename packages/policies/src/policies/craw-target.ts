// The target of CRAW's read area, in frames, and how ghost hits move it (decisions D4 and D6).
//
//   growRead():  s_r = min(C, s_r + 1)           one read saved   (cr / cr)
//   growWrite(): s_r = max(0, s_r - cw/cr)       one write saved  (cw / cr)

import type { OptionValues } from '../options.ts';
import type { Costs } from '../policy.ts';

export class ReadTarget {
  /** `s_r`: frames that the read area aims at; a real number in 0 .. C. */
  frames: number;
  #frameCount: number;
  readonly #credit: string;
  /** Cost of a write in reads. */
  readonly #costRatio: number;

  constructor(frameCount: number, costs: Costs, options: OptionValues) {
    this.#frameCount = frameCount;
    this.frames = Number(options.start) * frameCount;
    this.#credit = String(options.credit);
    this.#costRatio = costs.write / costs.read;
  }

  /** A hit on a read ghost. The counts are of ghosts, the hit one among them. */
  growRead(readGhosts: number, writeGhosts: number): void {
    if (this.#credit === 'none') return;
    const step = this.#credit === 'ratio' ? Math.max(1, writeGhosts / readGhosts) : 1;
    this.frames = Math.min(this.#frameCount, this.frames + step);
  }

  /** A hit on a write ghost. The counts are of ghosts, the hit one among them. */
  growWrite(readGhosts: number, writeGhosts: number): void {
    if (this.#credit === 'none') return;
    this.frames = Math.max(0, this.frames - this.#writeStep(readGhosts, writeGhosts));
  }

  resize(frameCount: number): void {
    this.#frameCount = frameCount;
    this.frames = Math.min(this.frames, frameCount);
  }

  #writeStep(readGhosts: number, writeGhosts: number): number {
    if (this.#credit === 'flat') return 1;
    if (this.#credit === 'sum') return this.#costRatio + 1;
    if (this.#credit === 'ratio') return this.#costRatio * Math.max(1, readGhosts / writeGhosts);
    return this.#costRatio;
  }
}
