// The judge's thread: takes the sampled requests out of the ring, looks at what leases hold, answers
// what it is asked, and divides the pool where that is wanted. Nobody waits for it.

import { parentPort, workerData } from 'node:worker_threads';
import { Judge } from '@pagelend/judge';
import { PAGES_READ, PAGES_WRITTEN } from '@pagelend/nbd';
import { READ, WRITE } from '@pagelend/policies';
import { leaseUsage, poolBytesToShare } from '@pagelend/store';
import { RingReader } from '../recording/request-ring.ts';
import { Division, type SharedLease } from './division.ts';
import type { FromJudge, JudgeSetup, ToJudge } from './messages.ts';

/** The ring holds what threads bring in so long, at half a million sampled pages a second. */
const DRAIN_MS = 100;
const FACTS_MS = 1000;
const DIVISION_MS = 5000;

const port = parentPort!;
const { attachment, feed, policy, costs, samplePages, divides } = workerData as JudgeSetup;
const judge = new Judge({ policy, costs, samplePages });
const reader = new RingReader(feed.ring);
const thresholds = new Int32Array(feed.thresholds);
const leases = new Map<number, SharedLease>();
const division = divides ? new Division(judge, attachment) : null;
let trouble: string | null = null;

function tell(message: FromJudge): void {
  port.postMessage(message);
}

function drain(): void {
  reader.visit((kind, lease, slot, count) => {
    if (!leases.has(lease)) return;
    if (kind === PAGES_READ || kind === PAGES_WRITTEN) {
      judge.reference(lease, slot, kind === PAGES_READ ? READ : WRITE);
    } else for (let i = slot; i < slot + count; i++) judge.free(lease, i);
  });
  for (const lease of leases.keys()) thresholds[lease] = judge.thresholdOf(lease);
}

function look(): void {
  for (const [index, lease] of leases) {
    const { storedPages, behindPages, memUsedBytes, reads, writes, limitBytes } = leaseUsage(
      attachment,
      index,
    );
    lease.referencesNow = reads + writes;
    lease.residentBytes = memUsedBytes;
    lease.limitBytes = limitBytes;
    judge.facts(index, storedPages - behindPages, memUsedBytes, lease.referencesNow);
  }
}

function divideNow(): void {
  if (division === null) return;
  look();
  const reason = division.divide(leases, poolBytesToShare(attachment));
  if (reason !== trouble) tell({ kind: 'trouble', reason });
  trouble = reason;
}

const timers = [
  setInterval(drain, DRAIN_MS),
  setInterval(look, FACTS_MS),
  setInterval(divideNow, DIVISION_MS),
];

port.on('message', (order: ToJudge) => {
  if (order.kind === 'add') {
    const known = leases.get(order.leaseIndex);
    if (known !== undefined) known.share = order.share;
    else {
      leases.set(order.leaseIndex, {
        share: order.share,
        references: 0,
        referencesNow: 0,
        residentBytes: 0,
        limitBytes: null,
        known: [],
      });
    }
  } else if (order.kind === 'drop') {
    leases.delete(order.leaseIndex);
    judge.forgetLease(order.leaseIndex);
    division?.forget(order.leaseIndex);
  } else if (order.kind === 'ask') {
    drain();
    look();
    tell({ kind: 'verdicts', order: order.order, verdicts: judge.verdicts() });
  } else {
    for (const timer of timers) clearInterval(timer);
    port.close();
  }
});
