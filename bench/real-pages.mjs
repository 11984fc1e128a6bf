// Real pages for the benches: anonymous memory of processes that are started for it (Node, Python,
// a C++ compiler, redis, Chromium), an equal share of each, shuffled. Nothing but pages that cannot
// be read is left out; what is same-filled is counted, since a store keeps such pages for nothing.
//
//   node bench/real-pages.mjs --out pages.bin --count 32768
//   node bench/real-pages.mjs --out pages.bin --count 32768 --programs redis,node --no-same-filled

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { signalFamily, sources, whyAbsent } from './lib/page-sources.mjs';
import { anonymousPages, familyOf, openMemory } from './lib/proc.mjs';
import { randomBelow, shuffle } from './lib/random.mjs';

export const PAGE_BYTES = 4096;

/** Whether the page at `at` repeats one 64-bit word. */
export function isSameFilled(bytes, at) {
  const words = new BigUint64Array(bytes.buffer, bytes.byteOffset + at, PAGE_BYTES / 8);
  return words.every((word) => word === words[0]);
}

/** The pages that are not same-filled. */
export function withoutSameFilled(bytes) {
  const kept = new Uint8Array(bytes.length);
  let end = 0;
  for (let at = 0; at < bytes.length; at += PAGE_BYTES) {
    if (isSameFilled(bytes, at)) continue;
    kept.set(bytes.subarray(at, at + PAGE_BYTES), end);
    end += PAGE_BYTES;
  }
  return kept.subarray(0, end);
}

/** The pages of a file that was written before, or pages collected now. */
export async function realPages({ path, count, seed = 1, programs, tell }) {
  if (path === undefined) return (await collectPages({ count, seed, programs, tell })).bytes;
  const file = readFileSync(path);
  const bytes = new Uint8Array(
    Math.min(count * PAGE_BYTES, file.length - (file.length % PAGE_BYTES)),
  );
  bytes.set(file.subarray(0, bytes.length));
  if (bytes.length < count * PAGE_BYTES) tell?.(`${path} holds ${bytes.length / PAGE_BYTES} pages`);
  return bytes;
}

/** Starts each program in turn and takes its pages. Fewer than `count` if all hold fewer. */
export async function collectPages({ count, seed = 1, programs, isSameKept = true, tell }) {
  const below = randomBelow(seed);
  const taken = [];
  for (const name of programs ?? Object.keys(sources)) {
    const reason = whyAbsent(name);
    if (reason !== null) tell?.(`${name}: skipped, ${reason}`);
    else taken.push(await pagesOf(name, { pagesMax: count, below, isSameKept, tell }));
  }
  const bytes = mixed(taken, count, below);
  return { bytes, sources: taken.map(({ bytes: _, ...rest }) => rest) };
}

/** One program's pages in random order, at most `pagesMax`. */
async function pagesOf(name, { pagesMax, below, isSameKept, tell }) {
  const scratch = mkdtempSync(join(tmpdir(), 'pagelend-pages-'));
  let child;
  try {
    child = await sources[name](scratch);
    signalFamily(child, 'SIGSTOP');
    const read = readFamily(child.pid, pagesMax, below, isSameKept);
    tell?.(
      `${name}: ${read.processes} processes, ${read.resident} pages resident, ${read.pages} taken, ` +
        `${read.sameFilled} of ${read.examined} same-filled, ${read.unreadable} unreadable`,
    );
    return { name, ...read };
  } finally {
    if (child !== undefined) signalFamily(child, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 200));
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

function readFamily(root, pagesMax, below, isSameKept) {
  const family = familyOf(root);
  const places = family.flatMap((pid) => anonymousPages(pid).map((address) => ({ pid, address })));
  const memories = new Map(family.map((pid) => [pid, openMemory(pid)]));
  const bytes = new Uint8Array(Math.min(pagesMax, places.length) * PAGE_BYTES);
  const counts = { processes: family.length, resident: places.length, pages: 0, examined: 0 };
  let [sameFilled, unreadable, end] = [0, 0, 0];
  for (const { pid, address } of shuffle(places, below)) {
    if (end === bytes.length) break;
    if (!memories.get(pid).read(address, bytes, end)) {
      unreadable++;
      continue;
    }
    counts.examined++;
    const isSame = isSameFilled(bytes, end);
    if (isSame) sameFilled++;
    if (!isSame || isSameKept) end += PAGE_BYTES;
  }
  for (const memory of memories.values()) memory.close();
  return {
    ...counts,
    pages: end / PAGE_BYTES,
    sameFilled,
    unreadable,
    bytes: bytes.subarray(0, end),
  };
}

/** Takes from all sources in turn, so that each has an equal share, then shuffles. */
function mixed(taken, count, below) {
  const chosen = [];
  for (let i = 0; chosen.length < count && taken.some(({ pages }) => pages > i); i++) {
    for (const { bytes, pages } of taken) {
      if (i < pages && chosen.length < count) {
        chosen.push(bytes.subarray(i * PAGE_BYTES, (i + 1) * PAGE_BYTES));
      }
    }
  }
  const all = new Uint8Array(chosen.length * PAGE_BYTES);
  for (const [i, page] of shuffle(chosen, below).entries()) all.set(page, i * PAGE_BYTES);
  return all;
}

async function main() {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      count: { type: 'string', default: '32768' },
      seed: { type: 'string', default: '1' },
      programs: { type: 'string' },
      'no-same-filled': { type: 'boolean', default: false },
    },
  });
  if (values.out === undefined) throw new Error('--out FILE: where the pages shall go');
  const { bytes } = await collectPages({
    count: Number(values.count),
    seed: Number(values.seed),
    programs: values.programs?.split(','),
    isSameKept: !values['no-same-filled'],
    tell: (line) => console.log(line),
  });
  writeFileSync(values.out, bytes);
  const distinct = withoutSameFilled(bytes).length / PAGE_BYTES;
  console.log(`${values.out}: ${bytes.length / PAGE_BYTES} pages, ${distinct} not same-filled`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
