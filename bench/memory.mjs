// The memory that stored pages take, on real pages: the lender beside the kernel's zram with lzo and
// nbdkit's memory plugin, after filling and after churn (random slots overwritten by random pages).
// Bytes per stored page with metadata and fragmentation; the process's fixed memory stands apart,
// and with it the number of pages from which lending takes less than the other. What the kernel keeps
// per slot for zram (its table and handles, 16 to 24 bytes) is not in its figure; in ours it is.
//
//   node bench/memory.mjs [--pages pages.bin] [--churn 5] [--json]
//   node bench/memory.mjs --keepers pagelend --churn 400 --steps 20        hours of churn
//
// Run with all pages and with --no-same-filled: a store keeps same-filled pages for nothing.

import { parseArgs } from 'node:util';
import { keepers } from './lib/keepers.mjs';
import { LoadGenerator } from './nbd-load.mjs';
import { PAGE_BYTES, realPages, withoutSameFilled } from './real-pages.mjs';

const OURS = 'pagelend';

const { values } = parseArgs({
  options: {
    pages: { type: 'string' },
    count: { type: 'string', default: '32768' },
    'no-same-filled': { type: 'boolean', default: false },
    churn: { type: 'string', default: '5' },
    steps: { type: 'string', default: '1' },
    trims: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    memory: { type: 'string', default: '4G' },
    keepers: { type: 'string', default: Object.keys(keepers).join(',') },
    'lender-args': { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
});
const tell = (line) => process.stderr.write(`${line}\n`);

const all = await realPages({ path: values.pages, count: Number(values.count), tell });
const distinct = withoutSameFilled(all);
const pages = values['no-same-filled'] ? distinct : all;
const slots = pages.length / PAGE_BYTES;
tell(`${all.length / PAGE_BYTES} pages, ${distinct.length / PAGE_BYTES} of them not same-filled`);
const load = new LoadGenerator({ pages, connectionsMax: 1, slots });
const rows = [];
try {
  for (const name of values.keepers.split(',')) {
    const reason = keepers[name].why();
    if (reason !== null) tell(`${name}: skipped, ${reason}`);
    else rows.push(...(await measured(name)));
  }
} finally {
  await load.close();
}
print(rows);

/** One row after filling and one after each step of churn. */
async function measured(name) {
  const lenderArgs = values['lender-args'].split(' ').filter(Boolean);
  const context = { slots, pages, load, memory: values.memory, lenderArgs };
  const keeper = await keepers[name].open(context);
  const steps = Number(values.steps);
  const requests = Math.round((Number(values.churn) * slots) / steps);
  try {
    const empty = keeper.figures();
    await keeper.fill();
    const own = [rowOf(name, 'filled', keeper.figures(), empty)];
    for (let step = 1; step <= steps && requests > 0; step++) {
      await keeper.churn(requests, Number(values.seed) + step, Number(values.trims));
      const after = `${Math.round((requests * step) / slots)} times overwritten`;
      own.push(rowOf(name, after, keeper.figures(), empty));
      tell(`${name}, ${after}: ${own.at(-1).bytes_per_page} bytes per page`);
    }
    return own;
  } finally {
    await keeper.close();
  }
}

function rowOf(server, state, figures, empty) {
  // With --trims some slots are free at the end; servers without figures can't say how many.
  const stored = figures.stored_pages || slots;
  const perPage = (bytes) => (bytes === undefined ? null : Math.round((bytes / stored) * 10) / 10);
  const mebibytes = (bytes) => (bytes === undefined ? null : Math.round(bytes / 104_857.6) / 10);
  return {
    server,
    state,
    bytes_per_page: perPage(figures.pageBytes),
    compressed_bytes_per_page: perPage(figures.compr_data_size),
    own_figure_bytes_per_page: perPage(figures.ownFigureBytes),
    empty_kib: Math.round(empty.pageBytes / 1024),
    fixed_mib: mebibytes(figures.fixedBytes),
    fixed_anonymous_mib: mebibytes(figures.fixedAnonymousBytes),
    fixed_empty_mib: mebibytes(empty.fixedBytes),
  };
}

/** From how many pages ours takes less in all; null where it never does. */
function breakEven(ours, theirs) {
  const saved = theirs.bytes_per_page - ours.bytes_per_page;
  if (saved <= 0) return null;
  return Math.max(0, Math.ceil(((ours.fixed_mib - theirs.fixed_mib) * 2 ** 20) / saved));
}

function print(lines) {
  const ours = lines.filter(({ server }) => server === OURS);
  const table = lines.map((row) => {
    const twin = ours.find(({ state }) => state === row.state);
    if (twin === undefined || row === twin) return row;
    return {
      ...row,
      ours_ratio: Math.round((twin.bytes_per_page / row.bytes_per_page) * 1000) / 1000,
      break_even_pages: breakEven(twin, row),
    };
  });
  if (values.json) {
    const about = { pages: slots, kernel: process.report.getReport().header.osRelease };
    console.log(
      JSON.stringify({ schema: 'pagelend.bench-memory/1', ...about, rows: table }, null, 2),
    );
  } else console.table(table);
}
