// One run of tier.mjs: a stream of page requests through a pool with a tier on a disk and a keeper
// with one policy. Every page that is read is compared with what was written last. Prints counts,
// device times and CPU time as JSON.

import { readFileSync } from 'node:fs';
import { BUFFERS_AT, tierFigures } from '@pagelend/store';
import { PAGE_BYTES, TierPages } from './lib/tier-pages.mjs';
import { TierPlayer } from './lib/tier-player.mjs';
import { EIO, LEASE, openStreamPool, openTierRun } from './lib/tier-run.mjs';

const job = JSON.parse(process.argv[2]);
const pages = new TierPages();
console.log(JSON.stringify(job.stream === null ? footprint() : await replay()));

/** What all slots take in a pool that holds them all, each as it was first written. */
function footprint() {
  const pool = openStreamPool({ ...job, memoryBytes: job.slotCount * 2 * PAGE_BYTES, tier: null });
  const lease = pool.pagesOf(LEASE, EIO);
  for (let slot = 0; slot < job.slotCount; slot++) {
    pool.store.io.set(pages.page(slot, 1), BUFFERS_AT);
    if (lease.write(slot, BUFFERS_AT) !== 0) throw new Error(`slot ${slot} found no room`);
  }
  const { memUsedBytes, comprDataBytes, samePages } = pool.usage();
  pool.close();
  return { memUsedBytes, comprDataBytes, samePages };
}

async function replay() {
  const bytes = readFileSync(job.stream);
  const requests = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const run = await openTierRun(job);
  const { device, behind, troubles } = run;
  const player = new TierPlayer(run, pages, job.slotCount);
  const cpuFrom = process.cpuUsage();
  const wallFrom = performance.now();
  await player.play(requests);
  const { user, system } = process.cpuUsage(cpuFrom);
  const wallMs = performance.now() - wallFrom;
  const figures = new Float64Array(behind.figures);
  const usage = run.pool.lease(LEASE).usage();
  await run.close();
  if (troubles.length > 0) throw new Error(troubles.join('; '));
  return {
    is_direct: behind.tier.isDirect,
    costs: run.costs,
    ...player.counts(),
    fetched: usage.fetchedPages,
    window_hits: figures[tierFigures.WINDOW_HITS],
    promoted: figures[tierFigures.PROMOTED_PAGES],
    written: usage.writtenBehindPages,
    clean_leavings: usage.cleanLeavings,
    cleaned: figures[tierFigures.CLEANED_PAGES],
    device_reads: device.reads,
    device_read_bytes: device.readBytes,
    device_read_us: device.readUs,
    device_writes: device.writes,
    device_write_bytes: device.writeBytes,
    device_write_us: device.writeUs,
    cpu_us: user + system,
    wall_ms: wallMs,
  };
}
