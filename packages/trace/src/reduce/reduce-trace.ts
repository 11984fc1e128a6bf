// A shorter trace from a trace. Never done unless asked for: what is left out changes the results of
// some policies, and the trace says in its provenance that it was reduced and how.
import { TraceError } from '../errors.ts';
import type { TraceSummary } from '../format/layout.ts';
import { openTrace } from '../io/trace-file.ts';
import { TraceWriter } from '../io/trace-writer.ts';
import { type LongWork, ProgressMeter } from '../progress.ts';
import { type Reducer, runsReducer, windowReducer } from './reducers.ts';

/** `runs`, or `window:N` with the number of pages in the window. */
export type ReduceMethod = 'runs' | `window:${number}`;

export const reduceMethods: readonly { readonly name: string; readonly description: string }[] = [
  {
    name: 'runs',
    description: 'drops repeats within a run on one page; exact for bits and recency',
  },
  {
    name: 'window:N',
    description: 'two of each kind per stay among the last N pages; approximate',
  },
];

export const WINDOW_PAGES_MAX = 2 ** 20;

export interface ReduceOptions extends LongWork {
  readonly input: string;
  readonly output: string;
  readonly method: ReduceMethod;
}

export interface ReduceResult {
  readonly method: ReduceMethod;
  readonly referencesBefore: number;
  readonly referencesAfter: number;
  readonly summary: TraceSummary;
}

export async function reduceTrace(options: ReduceOptions): Promise<ReduceResult> {
  const reducer = makeReducer(options.method);
  const meter = new ProgressMeter(options);
  const reader = await openTrace(options.input);
  try {
    const { pageSizeBytes, provenance } = reader.header;
    const writer = await TraceWriter.open(options.output, {
      pageSizeBytes,
      provenance: { ...provenance, reduction: options.method },
    });
    try {
      const total = reader.summary?.references ?? null;
      let before = 0;
      for await (const block of reader.blocks()) {
        const { pageNumbers } = reader;
        reducer.reserve(pageNumbers.length);
        for (let at = 0; at < block.length; at++) {
          const reference = block[at]!;
          if (!reducer.keeps(reference)) continue;
          writer.add(pageNumbers[reference >>> 1]!, (reference & 1) as 0 | 1);
        }
        before += block.length;
        await writer.drain();
        meter.tick(before, pageNumbers.length, total === null ? null : before / total);
      }
      const summary = await writer.finish();
      const referencesAfter = summary.references;
      return { method: options.method, referencesBefore: before, referencesAfter, summary };
    } catch (error) {
      await writer.abort();
      throw error;
    }
  } finally {
    await reader.close();
  }
}

/** The reducer of a method's name. Throws TRACE_OPTION for what is none. */
export function makeReducer(method: string): Reducer {
  if (method === 'runs') return runsReducer();
  const window = /^window:(\d{1,9})$/.exec(method);
  const pages = window === null ? 0 : Number(window[1]);
  if (pages >= 1 && pages <= WINDOW_PAGES_MAX) return windowReducer(pages);
  throw new TraceError('TRACE_OPTION', 'the reduction is unknown', {
    found: method,
    expected: `runs, or window:N with N from 1 to ${WINDOW_PAGES_MAX}`,
  });
}
