// Records the page references of a real program by running it under Valgrind's lackey and parsing
// what lackey writes as it comes. The program keeps its terminal, its exit status passes through, and
// an interrupted recording is a valid, shorter trace of what ran.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { TraceError } from '../errors.ts';
import type { Provenance, TraceSummary } from '../format/layout.ts';
import { LackeyParser } from '../import/lackey.ts';
import { TraceWriter } from '../io/trace-writer.ts';
import {
  PAGE_SIZE_BYTES_DEFAULT,
  VALGRIND_MESSAGE_CHARACTERS_MAX,
  VALGRIND_MESSAGES_MAX,
} from '../limits.ts';
import { type OnProgress, ProgressMeter } from '../progress.ts';
import { type Fifo, makeFifo, PIPE_BYTES } from './fifo.ts';
import { checkCommand, findValgrind } from './find-command.ts';
import { relaySignals } from './signals.ts';

export interface RecordOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Path of the trace, or `-` for stdout (which the program then should not write to). */
  readonly output: string;
  readonly pageSizeBytes?: number | undefined;
  /** Also record programs that the command starts by exec, as wrapper scripts do. */
  readonly followExec?: boolean | undefined;
  /** Name or path of Valgrind. */
  readonly valgrind?: string | undefined;
  readonly onProgress?: OnProgress | undefined;
  /** Ends the recording as Ctrl-C would. */
  readonly signal?: AbortSignal | undefined;
  /** Descriptors 0, 1 and 2 of the program; inherited unless given. */
  readonly stdio?: 'inherit' | 'ignore' | undefined;
  /** Added to what the trace says about its origin. */
  readonly provenance?: Provenance | undefined;
}

export interface RecordResult {
  /** The program's exit status; 128 + n if signal n killed it. */
  readonly status: number;
  /** The signal that killed the program. */
  readonly signal: NodeJS.Signals | null;
  /** Whether a signal to this process or `signal` ended the recording early. */
  readonly interrupted: boolean;
  readonly summary: TraceSummary;
}

/** How long to sleep once the pipe is empty; lackey writes some 24 KB in this time. */
const POLL_MS = 1;

const LACKEY = ['--tool=lackey', '--trace-mem=yes', '--child-silent-after-fork=yes'];

export async function recordTrace(options: RecordOptions): Promise<RecordResult> {
  const valgrind = findValgrind(options.valgrind);
  checkCommand(options.command);
  const pageSizeBytes = options.pageSizeBytes ?? PAGE_SIZE_BYTES_DEFAULT;
  const command = [options.command, ...options.args];
  const writer = await TraceWriter.open(options.output, {
    pageSizeBytes,
    provenance: {
      tool: 'valgrind lackey',
      command: command.map(shellWord).join(' ').slice(0, COMMAND_CHARACTERS_MAX),
      ...options.provenance,
    },
  });
  try {
    return await record(valgrind, command, writer, pageSizeBytes, options);
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

async function record(
  valgrind: string,
  command: readonly string[],
  writer: TraceWriter,
  pageSizeBytes: number,
  options: RecordOptions,
): Promise<RecordResult> {
  const messages: string[] = [];
  const parser = new LackeyParser('(valgrind)', writer.encoder, {
    pageSizeBytes,
    onMessage(line) {
      messages.push(line.slice(0, VALGRIND_MESSAGE_CHARACTERS_MAX));
      if (messages.length > VALGRIND_MESSAGES_MAX) messages.shift();
    },
  });
  const fifo = makeFifo();
  try {
    const stdio = options.stdio ?? 'inherit';
    const follow = options.followExec === true ? ['--trace-children=yes'] : [];
    const child = spawn(valgrind, [...LACKEY, ...follow, '--log-fd=3', '--', ...command], {
      stdio: [stdio, stdio, stdio, fifo.writeFd],
    });
    const relay = relaySignals(child);
    const onAbort = (): void => relay.send('SIGINT');
    options.signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await started(child, valgrind);
      fifo.closeWriter();
      if (options.signal?.aborted === true) onAbort();
      await pump(
        fifo,
        child,
        parser,
        writer,
        new ProgressMeter({ onProgress: options.onProgress }),
      );
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    } finally {
      options.signal?.removeEventListener('abort', onAbort);
      relay.stop();
    }
    const { signalCode } = child;
    const status = signalCode === null ? child.exitCode! : 128 + constants.signals[signalCode];
    // A last line without an end was cut off by a kill; it is no reference that happened in full.
    if (writer.encoder.references === 0) throw nothingRecorded(status, messages);
    const summary = await writer.finish();
    return { status, signal: signalCode, interrupted: relay.received() !== null, summary };
  } finally {
    fifo.close();
  }
}

async function started(child: ChildProcess, valgrind: string): Promise<void> {
  try {
    await once(child, 'spawn');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const data = { found: reason, cause };
    throw new TraceError('TRACE_RECORDING', `cannot start ${valgrind}`, data);
  }
}

/** Moves lackey's lines into the writer until the program has ended and the pipe is empty. */
async function pump(
  fifo: Fifo,
  child: ChildProcess,
  parser: LackeyParser,
  writer: TraceWriter,
  meter: ProgressMeter,
): Promise<void> {
  for (;;) {
    // Asked before the pipe is: what a program wrote before it ended is in the pipe by then.
    const hasEnded = child.exitCode !== null || child.signalCode !== null;
    const bytes = fifo.read();
    if (bytes !== null) parser.push(bytes);
    if (hasEnded && (bytes === null || bytes.length === 0)) return;
    await writer.drain();
    meter.tick(writer.encoder.references, writer.encoder.pages, null);
    // Also lets signals and the child's exit come in when the pipe is always full.
    if (bytes !== null && bytes.length === PIPE_BYTES) await immediate();
    else if (!hasEnded) await sleep(POLL_MS);
  }
}

function immediate(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function nothingRecorded(status: number, messages: readonly string[]): TraceError {
  const said = messages
    .map((line) => line.replace(/^(==|--|\*\*)\d+\1 ?/, '').trim())
    .filter((line) => line !== '' && !BANNER.test(line));
  return new TraceError('TRACE_RECORDING', 'the run recorded no reference', {
    found: `exit status ${status}`,
    ...(said.length === 0 ? {} : { hint: `Valgrind said: ${said.join(' / ')}` }),
  });
}

const BANNER = /^(Lackey, an example|Copyright|Using Valgrind|Command:|Parent PID:)/;

const COMMAND_CHARACTERS_MAX = 4096;

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
