// pagelend lease record: what the guests ask of a lease, as a trace for the laboratory.

import { DaemonError } from '@pagelend/daemon';
import type { TraceSummary } from '@pagelend/trace';
import type { Command } from 'commander';
import { firstSignal } from '../interrupt.ts';
import { type EndedBy, type LeaseRecordingCounts, recordLease } from '../lease-recording.ts';
import { type AskOptions, addAskOptions, clientOf } from '../lender-options.ts';
import { durationSeconds, wholeNumber } from '../numbers.ts';
import { withProgress } from '../progress.ts';
import { count, note, showDone } from '../text.ts';

const TEACHES = `
A page of the trace is a slot of the lease; a reference is a page that a request reads or writes, in
the order in which the lender begins the requests, of all the lease's clients. Pages that requests
free (TRIM, WRITE_ZEROES) are counted, not written. Ctrl-C ends the recording and keeps the trace.

Guests never wait for a recording: requests that come faster than they can be written are lost, and
their number is told. A lease is recorded by one at a time.

Examples:
  pagelend lease record web -o web.plt --for 10m
  pagelend lease record web -o - --references 1M | pagelend trace info -
  pagelend sim web.plt --policy craw-rm:link=lazy,clock,lru --frames 10%,25%,50%`;

interface RecordFlags extends AskOptions {
  readonly output: string;
  readonly for?: number;
  readonly references?: number;
  readonly note?: string;
}

interface Done {
  readonly summary: TraceSummary;
  readonly counts: LeaseRecordingCounts;
  readonly endedBy: EndedBy;
  readonly seconds: number;
}

export function addLeaseRecord(lease: Command): void {
  const verb = lease
    .command('record')
    .description('record the pages that guests read and write, as a trace')
    .argument('<NAME>', 'a lease')
    .requiredOption('-o, --output <file>', 'the trace to write, - for stdout')
    .option('--for <TIME>', 'end after this time, as 90s, 10m or 1h', durationSeconds)
    .option('--references <COUNT>', 'end after so many references', wholeNumber(1))
    .option('--note <text>', 'a remark to keep in the trace');
  addAskOptions(verb)
    .addHelpText('after', TEACHES)
    .action(async (name: string, flags: RecordFlags) => {
      const done = await record(name, flags);
      show(flags, done);
      if (done.endedBy !== 'lost-connection') return;
      throw new DaemonError(
        'DAEMON_ANSWER',
        `the daemon went away while lease ${name} was recorded; ${flags.output} has what came before`,
      );
    });
}

async function record(name: string, flags: RecordFlags): Promise<Done> {
  // Only here: the other verbs on leases need nothing of the laboratory.
  const { TraceWriter } = await import('@pagelend/trace');
  const writer = await TraceWriter.open(flags.output, {
    provenance: {
      tool: 'pagelend',
      command: `pagelend lease record ${name}`,
      ...(flags.note === undefined ? {} : { note: flags.note }),
    },
  });
  try {
    const { encoder } = writer;
    let beganMs = performance.now();
    const timer = new Timer(flags.for);
    const { endedBy, counts } = await withProgress((progress) =>
      recordLease(writer, {
        client: clientOf(flags),
        name,
        referencesMax: flags.references ?? Number.POSITIVE_INFINITY,
        stop: Promise.race([firstSignal(true).then(() => 'signal' as const), timer.over]),
        onBegin: () => {
          note(`recording lease ${name}; Ctrl-C ends it`);
          beganMs = performance.now();
          timer.start();
        },
        onProgress: () =>
          progress.line(
            `recording lease ${name}: ${count(encoder.references)} references, ${count(encoder.pages)} pages`,
          ),
      }),
    ).finally(() => timer.cancel());
    const seconds = Math.round((performance.now() - beganMs) / 100) / 10;
    const empty = `lease ${name} served no read and no write while it was recorded`;
    return { summary: await writer.finish(empty), counts, endedBy, seconds };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** Settles some seconds after its start; never without a number of seconds. */
class Timer {
  readonly over: Promise<'time'>;
  readonly #seconds: number | undefined;
  #settle: () => void = () => {};
  #timeout: NodeJS.Timeout | undefined;

  constructor(seconds: number | undefined) {
    this.#seconds = seconds;
    this.over = new Promise((resolve) => {
      this.#settle = () => resolve('time');
    });
  }

  start(): void {
    if (this.#seconds === undefined) return;
    this.#timeout = setTimeout(this.#settle, this.#seconds * 1000);
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }
}

function show({ output, json }: RecordFlags, { summary, counts, endedBy, seconds }: Done): void {
  const { references, reads, writes, pages } = summary;
  const { requests, trimmedPages, zeroedPages, lostRequests, connections } = counts;
  const clients = `${count(connections)} connection${connections === 1 ? '' : 's'}`;
  const text = [
    `${output}: ${count(references)} references (${count(reads)} reads, ${count(writes)} writes) to ${count(pages)} pages`,
    `${count(requests)} requests of ${clients} in ${seconds} s, ${count(lostRequests)} lost; ended by: ${endedBy}`,
    `not in the trace: ${count(trimmedPages)} pages trimmed, ${count(zeroedPages)} zeroed`,
  ].join('\n');
  if (lostRequests > 0) {
    note(
      `${count(lostRequests)} requests came faster than they could be written: the trace has gaps`,
    );
  }
  showDone(output, json === true, text, {
    schema: 'pagelend.lease-recording/1',
    trace: output,
    references,
    reads,
    writes,
    pages,
    requests,
    lost_requests: lostRequests,
    trimmed_pages: trimmedPages,
    zeroed_pages: zeroedPages,
    connections,
    seconds,
    ended_by: endedBy,
  });
}
