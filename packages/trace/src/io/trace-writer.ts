// A TraceEncoder that writes to a file or to stdout.
import type { Op } from '@pagelend/policies';
import { TraceError } from '../errors.ts';
import { type EncoderOptions, TraceEncoder } from '../format/encoder.ts';
import type { TraceSummary } from '../format/layout.ts';
import { type ByteOutput, openOutput } from './output.ts';

export class TraceWriter {
  /** References go in here; `drain` now and then, or finished blocks pile up in memory. */
  readonly encoder: TraceEncoder;
  readonly #output: ByteOutput;

  private constructor(output: ByteOutput, encoder: TraceEncoder) {
    this.#output = output;
    this.encoder = encoder;
  }

  /** Opens FILE.partial-PID, or stdout for `-`. */
  static async open(path: string, options: EncoderOptions = {}): Promise<TraceWriter> {
    const encoder = new TraceEncoder(options);
    return new TraceWriter(await openOutput(path), encoder);
  }

  add(pageNumber: number, op: Op): void {
    this.encoder.add(pageNumber, op);
  }

  /** Writes the finished blocks, waiting for whoever reads them. */
  async drain(): Promise<void> {
    for (const bytes of this.encoder.take()) await this.#output.write(bytes);
  }

  /** Writes the trailer and gives the file its name. Throws TRACE_EMPTY without a reference. */
  async finish(emptyMessage = 'there is no reference to write'): Promise<TraceSummary> {
    if (this.encoder.references === 0) throw new TraceError('TRACE_EMPTY', emptyMessage);
    const summary = this.encoder.finish();
    await this.drain();
    await this.#output.finish();
    return summary;
  }

  /** Removes what was written. Never throws. */
  async abort(): Promise<void> {
    await this.#output.abort();
  }
}
