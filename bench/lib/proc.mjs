// What /proc tells of a process: the processor time it has used, the memory it holds, its children,
// and the pages that are its own.

import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';

const PAGE_BYTES = 4096;
const PAGEMAP_ENTRY_BYTES = 8;
/** Processor time in /proc is in hundredths of a second, on all architectures that Node runs on. */
const TICK_MS = 10;
/** Flags of a pagemap entry, in the upper half of its 64 bits. */
const IS_PRESENT = 0x80000000;
const IS_FILE_OR_SHARED = 0x20000000;

/** Processor time of all threads of a process since its start, user and system, in ms. */
export function cpuMs(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** Memory of a process in bytes: all that is resident, and what of it is anonymous. */
export function memoryOf(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  const bytes = (name) =>
    1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1]);
  return { residentBytes: bytes('Rss'), anonymousBytes: bytes('Anonymous') };
}

/**
 * The same at the cost of a read, which `memoryOf` of a large pool is not: a process's own memory (its
 * anonymous pages), and what it has mapped of files in memory, as of a pool.
 */
export function ownMemoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const bytes = (name) =>
    1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
  return { ownBytes: bytes('RssAnon'), sharedBytes: bytes('RssShmem') };
}

/** Resident bytes of a process's mappings of the files under `folder`. */
export function mappedBytes(pid, folder) {
  let isUnder = false;
  let total = 0;
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'latin1').split('\n')) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) isUnder = line.includes(` ${folder}/`);
    else if (isUnder && line.startsWith('Rss:')) total += 1024 * Number(/\d+/.exec(line)[0]);
  }
  return total;
}

/** A process and all that descend from it. */
export function familyOf(pid) {
  const family = [pid];
  for (let i = 0; i < family.length; i++) {
    for (const thread of listing(`/proc/${family[i]}/task`)) {
      family.push(...childrenOf(`/proc/${family[i]}/task/${thread}/children`));
    }
  }
  return family;
}

function childrenOf(path) {
  try {
    return readFileSync(path, 'latin1').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function listing(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** Addresses of the resident pages of a process's writable anonymous private memory. */
export function anonymousPages(pid) {
  const addresses = [];
  const pagemap = openSync(`/proc/${pid}/pagemap`);
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n')) {
      const [range, mode, , , inode] = line.split(/\s+/);
      if (!/^rw.p$/.test(mode ?? '') || inode !== '0') continue;
      const [from, to] = range.split('-').map((hex) => Number.parseInt(hex, 16));
      presentPagesInto(addresses, pagemap, from, to);
    }
  } finally {
    closeSync(pagemap);
  }
  return addresses;
}

const WINDOW_PAGES = 8192;

function presentPagesInto(addresses, pagemap, from, to) {
  const entries = Buffer.alloc(WINDOW_PAGES * PAGEMAP_ENTRY_BYTES);
  for (let at = from; at < to; at += WINDOW_PAGES * PAGE_BYTES) {
    const pages = Math.min(WINDOW_PAGES, (to - at) / PAGE_BYTES);
    const position = (at / PAGE_BYTES) * PAGEMAP_ENTRY_BYTES;
    const bytes = readSync(pagemap, entries, 0, pages * PAGEMAP_ENTRY_BYTES, position);
    for (let i = 0; i < bytes / PAGEMAP_ENTRY_BYTES; i++) {
      const flags = entries.readUInt32LE(i * PAGEMAP_ENTRY_BYTES + 4);
      if ((flags & IS_PRESENT) === 0 || (flags & IS_FILE_OR_SHARED) !== 0) continue;
      addresses.push(at + i * PAGE_BYTES);
    }
  }
}

/** Opens the memory of a process; `read` puts one page into `target` and returns whether it could. */
export function openMemory(pid) {
  const fd = openSync(`/proc/${pid}/mem`);
  return {
    read(address, target, at) {
      try {
        return readSync(fd, target, at, PAGE_BYTES, address) === PAGE_BYTES;
      } catch {
        return false;
      }
    },
    close: () => closeSync(fd),
  };
}
