// Synthetic references from a seed, in memory or into a trace.

import type { TraceSummary } from '../format/layout.ts';
import { TraceWriter } from '../io/trace-writer.ts';
import { BLOCK_REFERENCES_MAX, PAGE_SIZE_BYTES_DEFAULT } from '../limits.ts';
import { mix32 } from '../mix.ts';
import { type LongWork, ProgressMeter } from '../progress.ts';
import { loop, type Pattern, scan, zipf } from './patterns.ts';
import { Random } from './random.ts';
import {
  BURST_REFERENCES_DEFAULT,
  checkSpec,
  SKEW_DEFAULT,
  type SynthPart,
  type SynthSpec,
  WRITE_SHARE_DEFAULT,
} from './spec.ts';

export interface SynthOptions extends LongWork {
  readonly spec: SynthSpec;
  /** Path of the trace, or `-` for stdout. */
  readonly output: string;
  readonly pageSizeBytes?: number | undefined;
}

/** Writes a synthetic trace. The page number of a page is its part's offset plus its index. */
export async function synthTrace(options: SynthOptions): Promise<TraceSummary> {
  const { spec } = options;
  const meter = new ProgressMeter(options);
  const pageSizeBytes = options.pageSizeBytes ?? PAGE_SIZE_BYTES_DEFAULT;
  const parts = spec.parts.map((part) => ({ ...part }));
  const provenance = { tool: 'pagelend trace synth', spec: { ...spec, parts } };
  checkSpec(spec);
  const writer = await TraceWriter.open(options.output, { pageSizeBytes, provenance });
  try {
    const { encoder } = writer;
    for (const chunk of rawReferences(spec)) {
      for (let at = 0; at < chunk.length; at++) {
        const reference = chunk[at]!;
        encoder.add(reference >>> 1, (reference & 1) as 0 | 1);
      }
      await writer.drain();
      meter.tick(encoder.references, encoder.pages, encoder.references / spec.references);
    }
    return await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/**
 * The same references in memory: packed, with dense ids in order of first appearance, in chunks of
 * up to 2^18. A chunk is valid until the next one.
 */
export function* synthesize(spec: SynthSpec): Generator<Uint32Array, void, undefined> {
  let pages = 0;
  for (const part of spec.parts) pages += part.pages;
  checkSpec(spec);
  const denseIds = new Int32Array(pages).fill(-1);
  let count = 0;
  for (const chunk of rawReferences(spec)) {
    for (let at = 0; at < chunk.length; at++) {
      const reference = chunk[at]!;
      const page = reference >>> 1;
      let id = denseIds[page]!;
      if (id < 0) {
        id = count++;
        denseIds[page] = id;
      }
      chunk[at] = (id << 1) | (reference & 1);
    }
    yield chunk;
  }
}

/** Packed references whose pages are numbered by place, not by first appearance. */
function* rawReferences(spec: SynthSpec): Generator<Uint32Array, void, undefined> {
  const random = new Random(spec.seed);
  const parts = makeParts(spec, random);
  const weights = parts.at(-1)!.weightSum;
  const burst = parts.length === 1 ? spec.references : spec.burstReferences;
  const burstReferences = burst ?? BURST_REFERENCES_DEFAULT;
  const chunk = new Uint32Array(BLOCK_REFERENCES_MAX);
  let left = 0;
  let part = parts[0]!;
  for (let done = 0; done < spec.references; ) {
    const count = Math.min(BLOCK_REFERENCES_MAX, spec.references - done);
    for (let at = 0; at < count; at++) {
      if (left === 0) {
        const drawn = random.unit() * weights;
        part = parts.find(({ weightSum }) => drawn < weightSum) ?? parts[0]!;
        left = burstReferences;
      }
      left--;
      const page = part.firstPage + part.pattern.next();
      const isWrite = isWritable(page, part) && random.next() < part.writeLimit;
      chunk[at] = ((page << 1) | (isWrite ? 1 : 0)) >>> 0;
    }
    done += count;
    yield chunk.subarray(0, count);
  }
}

interface RunningPart {
  readonly pattern: Pattern;
  readonly firstPage: number;
  /** Weights of this part and of those before it. */
  readonly weightSum: number;
  /** Shares as limits of a uint32. */
  readonly writableLimit: number;
  readonly writeLimit: number;
  readonly salt: number;
}

function makeParts(spec: SynthSpec, random: Random): RunningPart[] {
  let firstPage = 0;
  let weightSum = 0;
  return spec.parts.map((part) => {
    weightSum += part.weight ?? 1;
    const running = {
      pattern: makePattern(part, random),
      firstPage,
      weightSum,
      writableLimit: (part.writablePages ?? 1) * 2 ** 32,
      writeLimit: (part.writeShare ?? WRITE_SHARE_DEFAULT) * 2 ** 32,
      salt: random.next(),
    };
    firstPage += part.pages;
    return running;
  });
}

function makePattern(part: SynthPart, random: Random): Pattern {
  switch (part.pattern) {
    case 'zipf':
      return zipf(part.pages, part.skew ?? SKEW_DEFAULT, random);
    case 'loop':
      return loop(part.pages);
    case 'scan':
      return scan(part.pages, part.runPages ?? Math.max(1, Math.floor(part.pages / 16)), random);
  }
}

/** Whether a page is of the class that is written: a hash of its number, so no table is needed. */
function isWritable(page: number, part: RunningPart): boolean {
  return mix32(page ^ part.salt) >>> 0 < part.writableLimit;
}
