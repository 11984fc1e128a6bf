// A recording of a lease's requests becomes a trace: each page that a request reads or writes is a
// reference to its slot. What frees pages is counted and not written, because a trace has no sign
// for it.

import type { Readable } from 'node:stream';
import {
  type EndReason,
  type LenderClient,
  RECORD_KINDS,
  RemoteError,
  type RequestSink,
  RequestStreamParser,
} from '@pagelend/daemon';
import type { TraceWriter } from '@pagelend/trace';

/** The operations of a reference, as the policies have them. */
const READ = 0;
const WRITE = 1;

/** Who ended it: the user, the lease, the daemon, or nobody, where the daemon is gone. */
export type EndedBy = 'signal' | 'time' | 'references' | EndReason | 'lost-connection';

export interface LeaseRecordingOptions {
  readonly client: LenderClient;
  readonly name: string;
  /** Infinity for no limit. */
  readonly referencesMax: number;
  /** Settles when somebody wants it to end. */
  readonly stop: Promise<'signal' | 'time'>;
  /** Called once each request that is begun from now on is recorded. */
  readonly onBegin: () => void;
  /** Called every some thousand requests at most. */
  readonly onProgress: () => void;
}

export interface LeaseRecordingCounts {
  readonly requests: number;
  readonly trimmedPages: number;
  readonly zeroedPages: number;
  readonly lostRequests: number;
  readonly connections: number;
}

/** Records into `writer`, which the caller finishes. */
export async function recordLease(
  writer: TraceWriter,
  options: LeaseRecordingOptions,
): Promise<{ readonly endedBy: EndedBy; readonly counts: LeaseRecordingCounts }> {
  const { client, name, referencesMax, onBegin } = options;
  const sink = new TraceSink(writer, referencesMax);
  const parser = new RequestStreamParser(sink);
  const stream = await client.record(name);
  let asked: 'signal' | 'time' | null = null;
  void options.stop.then(async (by) => {
    asked = by;
    await end(client, name, stream);
  });
  onBegin();
  await pump(stream, parser, sink, writer, options.onProgress);
  const counts = { ...sink.counts };
  if (sink.isFull) return { endedBy: 'references', counts };
  if (parser.end === null) return { endedBy: 'lost-connection', counts };
  return { endedBy: parser.end === 'asked' ? (asked ?? 'asked') : parser.end, counts };
}

/** Reads to the end of the recording, of the stream, or of what is wanted. */
async function pump(
  stream: Readable,
  parser: RequestStreamParser,
  sink: TraceSink,
  writer: TraceWriter,
  onProgress: () => void,
): Promise<void> {
  const chunks = stream[Symbol.asyncIterator]();
  try {
    for (;;) {
      const bytes = await nextChunk(chunks);
      if (bytes === null) return;
      parser.push(bytes);
      await writer.drain();
      onProgress();
      if (sink.isFull || parser.end !== null) return;
    }
  } finally {
    stream.destroy();
  }
}

/** Null at the end, also where the daemon broke off: what has come by then counts. */
async function nextChunk(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array | null> {
  try {
    const { done, value } = await chunks.next();
    return done === true ? null : value;
  } catch {
    return null;
  }
}

/** Asks for an orderly end. A recording that has ended meanwhile needs none. */
async function end(client: LenderClient, name: string, stream: Readable): Promise<void> {
  try {
    await client.endRecording(name);
  } catch (error) {
    if (!(error instanceof RemoteError)) stream.destroy();
  }
}

class TraceSink implements RequestSink {
  readonly #writer: TraceWriter;
  readonly #referencesMax: number;
  readonly #connections = new Set<number>();
  #requests = 0;
  #trimmedPages = 0;
  #zeroedPages = 0;
  #lostRequests = 0;

  constructor(writer: TraceWriter, referencesMax: number) {
    this.#writer = writer;
    this.#referencesMax = referencesMax;
  }

  /** Whether as many references as were asked for are written. */
  get isFull(): boolean {
    return this.#writer.encoder.references >= this.#referencesMax;
  }

  get counts(): LeaseRecordingCounts {
    return {
      requests: this.#requests,
      trimmedPages: this.#trimmedPages,
      zeroedPages: this.#zeroedPages,
      lostRequests: this.#lostRequests,
      connections: this.#connections.size,
    };
  }

  request(kind: number, slot: number, count: number, connection: number): void {
    if (this.isFull) return;
    this.#requests++;
    this.#connections.add(connection);
    if (kind === RECORD_KINDS.trimmed) this.#trimmedPages += count;
    else if (kind === RECORD_KINDS.zeroed) this.#zeroedPages += count;
    else this.#refer(kind === RECORD_KINDS.written ? WRITE : READ, slot, count);
  }

  lost(count: number): void {
    this.#lostRequests += count;
  }

  #refer(op: typeof READ | typeof WRITE, slot: number, count: number): void {
    const room = this.#referencesMax - this.#writer.encoder.references;
    const pages = Math.min(count, room);
    for (let page = slot; page < slot + pages; page++) this.#writer.add(page, op);
  }
}
