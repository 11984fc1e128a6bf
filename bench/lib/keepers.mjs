// What keeps pages for memory.mjs, all behind one interface: `fill` writes every page to its slot,
// `churn` overwrites random slots, `figures` gives the memory that the pages take and the fixed
// memory of the process beside it.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { mappedBytes, memoryOf } from './proc.mjs';
import { randomBelow } from './random.mjs';
import { startServer, whyNoServer } from './servers.mjs';
import { whyNoZram, Zram } from './zram.mjs';

const PAGE_BYTES = 4096;
const DEPTH = 16;

/** Keeper names to why each cannot be had here (null where it can) and how it is opened. */
export const keepers = {
  pagelend: { why: () => whyNoServer('pagelend'), open: openLender },
  'zram lzo': { why: whyNoZram, open: (context) => openZram(context, 'lzo') },
  'zram lzo-rle': { why: whyNoZram, open: (context) => openZram(context, 'lzo-rle') },
  'nbdkit zstd': {
    why: () => whyNoServer('nbdkit zstd'),
    open: (context) => openNbdkit(context, 'nbdkit zstd'),
  },
  'nbdkit malloc': {
    why: () => whyNoServer('nbdkit malloc'),
    open: (context) => openNbdkit(context, 'nbdkit malloc'),
  },
};

async function openLender({ slots, load, memory, lenderArgs }) {
  const server = await startServer('pagelend', slots * PAGE_BYTES, { memory, args: lenderArgs });
  return {
    ...written(server, slots, load),
    figures() {
      const { residentBytes, anonymousBytes } = memoryOf(server.pid);
      const usage = server.usage();
      return {
        // What tmpfs holds for the pool is the whole truth; the lease's own figure stands beside it.
        pageBytes: diskBytes(server.scratch),
        ownFigureBytes: usage.mem_used_total,
        fixedBytes: residentBytes - mappedBytes(server.pid, server.scratch),
        // The rest is the engine's program text, which all processes of Node share.
        fixedAnonymousBytes: anonymousBytes,
        ...usage,
      };
    },
    close: () => server.stop(),
  };
}

/**
 * An nbdkit has no figures of its own: its pages are what it holds more than one whose export is a
 * single page (the allocator `malloc` takes everything at its start).
 */
async function openNbdkit({ slots, load }, name) {
  const small = await startServer(name, PAGE_BYTES);
  const fixedBytes = memoryOf(small.pid).residentBytes;
  await small.stop();
  const server = await startServer(name, slots * PAGE_BYTES);
  return {
    ...written(server, slots, load),
    figures: () => ({ pageBytes: memoryOf(server.pid).residentBytes - fixedBytes, fixedBytes }),
    close: () => server.stop(),
  };
}

async function openZram({ slots, pages }, algorithm) {
  const zram = await Zram.open(slots * PAGE_BYTES, algorithm);
  const pageCount = pages.length / PAGE_BYTES;
  const put = (slot, page) =>
    zram.write(slot, pages.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES));
  return {
    async fill() {
      for (let slot = 0; slot < slots; slot++) put(slot, slot % pageCount);
    },
    async churn(requests, seed) {
      const below = randomBelow(seed);
      for (let i = 0; i < requests; i++) put(below(slots), below(pageCount));
    },
    figures: () => ({ pageBytes: zram.figures().mem_used_total, fixedBytes: 0, ...zram.figures() }),
    close: async () => zram.close(),
  };
}

function written(server, slots, load) {
  return {
    fill: () => load.fill(server, slots),
    async churn(requests, seed, trims) {
      const options = { op: 'write', depth: DEPTH, connections: 1, warmUpMs: 0 };
      const figures = await load.run(server, { ...options, slots, requests, seed, trims });
      if (figures.failed > 0) throw new Error(`${server.name}: ${figures.failed} writes failed`);
    },
  };
}

/** What the files under a folder take, by the blocks that are theirs. */
function diskBytes(folder) {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, path, name }) => {
    return sum + statSync(join(parentPath ?? path, name)).blocks * 512;
  }, 0);
}
