// A trace file, decoded whole, with the facts about it that results carry.

import { openTrace, TraceError } from '@pagelend/trace';
import { loadTrace, type MemoryTrace } from './memory-trace.ts';
import type { SimTrace } from './result.ts';

export interface DecodedTrace {
  readonly trace: MemoryTrace;
  readonly facts: SimTrace;
}

/**
 * Decodes the file (`-`: stdin). `onProgress` gets the references decoded and how many there will be,
 * null where that is not known yet. Throws where there is no reference at all.
 */
export async function decodeTrace(
  path: string,
  onProgress: (done: number, total: number | null) => void,
): Promise<DecodedTrace> {
  const reader = await openTrace(path);
  try {
    const total = reader.summary?.references ?? null;
    const trace = await loadTrace(reader, (done) => onProgress(done, total));
    if (trace.referenceCount === 0) {
      throw new TraceError('TRACE_EMPTY', 'the trace holds no reference to replay', { file: path });
    }
    const { references, reads, writes, pages } = reader.summary!;
    const { pageSizeBytes, provenance } = reader.header;
    const facts: SimTrace = {
      trace: path,
      references,
      read_references: reads,
      write_references: writes,
      pages,
      page_size_bytes: pageSizeBytes,
      origin: provenance.command ?? provenance.note ?? '',
    };
    return { trace, facts };
  } finally {
    await reader.close();
  }
}
