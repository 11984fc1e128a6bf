// Records what swapped pages are worth: how small LZO makes real anonymous pages, for the model of the
// relocation experiment and for `pagelend plan`. Programs are started for it (those of
// bench/real-pages.mjs), stopped, and read; beside them the experiment's memory hog, as guests run it.
// Each page is compressed twice: by our codec, as the lender does, and by liblzo2's lzo1x_1, which is the
// algorithm of the kernel's zram. What is kept are the sizes, no contents.
//
//   npm run build && node experiments/record-contents.mjs            writes experiments/page-contents.json
//   node experiments/record-contents.mjs --out other.json --programs node,redis
//   node experiments/record-contents.mjs --out mine.json --pid 1234 --name mine    a running program

import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createCodec, PAGE_BYTES } from '@pagelend/codec';
import { addressOf, sharedLibrary } from '@pagelend/linux';
import { sources, whyAbsent } from '../bench/lib/page-sources.mjs';
import { anonymousPages, familyOf, openMemory } from '../bench/lib/proc.mjs';
import { randomBelow, shuffle } from '../bench/lib/random.mjs';
import { collectPages, isSameFilled } from '../bench/real-pages.mjs';

/** Pages looked at for equal ones, and of them, in random order, those that are compressed. */
const EXAMINED_PAGES = 16_384;
const COMPRESSED_PAGES = 2048;
const HOG_PAGES = 512;
const HOG_PERCENTS = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90];
const LINE_LETTERS = 88;

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    seed: { type: 'string', default: '1' },
    programs: { type: 'string' },
    pid: { type: 'string' },
    name: { type: 'string', default: 'process' },
  },
});
if (values.pid !== undefined && values.out === undefined) throw new Error('--pid needs --out FILE');
const out = values.out ?? fileURLToPath(new URL('page-contents.json', import.meta.url));
const tell = (line) => process.stderr.write(`${line}\n`);

const SOURCE_AT = 0;
const STREAM_AT = PAGE_BYTES;
const WORK_AT = 4 * PAGE_BYTES;
const LENGTH_AT = WORK_AT + 65_536;
const memory = new WebAssembly.Memory({ initial: 4, maximum: 4, shared: true });
const bytes = new Uint8Array(memory.buffer);
const view = new DataView(memory.buffer);
const compressOurs = createCodec('lzo', memory, WORK_AT).compress;
const compressKernels = openLiblzo2();

const classes = [];
if (values.pid !== undefined) {
  const says = 'anonymous memory of a process that was running';
  const pages = pagesOfProcess(Number(values.pid));
  classes.push({ name: values.name, kind: 'program', says, ...measured(pages) });
} else {
  await addPrograms();
  await addHogs();
}
const file = {
  schema: 'pagelend.page-contents/1',
  says: 'Bytes that LZO leaves of a page: ours, as the lender stores it, over liblzo2 lzo1x_1, as zram does; *N: so many pages',
  made_by: 'node experiments/record-contents.mjs',
  machine: `${debianVersion()}, ${process.arch}, liblzo2 ${packageVersion('liblzo2-2')}`,
  seed: Number(values.seed),
  classes,
};
writeFileSync(out, `${JSON.stringify(file, null, 2)}\n`);
tell(`wrote ${out}`);

async function addPrograms() {
  for (const name of values.programs?.split(',') ?? Object.keys(sources)) {
    const reason = whyAbsent(name);
    if (reason !== null) throw new Error(`${name}: ${reason}; leave it out with --programs`);
    const options = { count: EXAMINED_PAGES, seed: Number(values.seed), programs: [name], tell };
    const { bytes: pages } = await collectPages(options);
    classes.push({
      name,
      kind: 'program',
      says: `anonymous memory of ${versionOf(name)}, filled as bench/lib/page-sources.mjs says`,
      ...measured(pages),
    });
  }
}

async function addHogs() {
  const folder = mkdtempSync(join(tmpdir(), 'pagelend-hog-'));
  try {
    const program = compiledHog(folder);
    for (const percent of HOG_PERCENTS) {
      classes.push({
        name: `hog-${percent}`,
        kind: 'hog',
        says: `pages of the experiment's memory hog, ${percent} % of each compressible`,
        ...measured(await hogPages(program, percent)),
      });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Pages of a process and its children in random order, read while they run. */
function pagesOfProcess(root) {
  const places = familyOf(root).flatMap((pid) => anonymousPages(pid).map((at) => ({ pid, at })));
  const memories = new Map(familyOf(root).map((pid) => [pid, openMemory(pid)]));
  const pages = new Uint8Array(Math.min(EXAMINED_PAGES, places.length) * PAGE_BYTES);
  let end = 0;
  for (const { pid, at } of shuffle(places, randomBelow(Number(values.seed)))) {
    if (end === pages.length) break;
    if (memories.get(pid)?.read(at, pages, end)) end += PAGE_BYTES;
  }
  for (const memory of memories.values()) memory.close();
  if (end === 0)
    throw new Error(`process ${root}: no page of it can be read; is it there, and yours?`);
  return pages.subarray(0, end);
}

/** What is kept of a class's pages. Same-filled ones are counted and not compressed, as stores do. */
function measured(pages) {
  const count = Math.min(COMPRESSED_PAGES, pages.length / PAGE_BYTES);
  const sizes = new Map();
  const same = { repeat_16_bits: 0, repeat_64_bits: 0 };
  for (let at = 0; at < count * PAGE_BYTES; at += PAGE_BYTES) {
    if (isSameFilled(pages, at)) {
      same[repeats16Bits(pages, at) ? 'repeat_16_bits' : 'repeat_64_bits']++;
      continue;
    }
    bytes.set(pages.subarray(at, at + PAGE_BYTES), SOURCE_AT);
    const key = `${compressOurs(SOURCE_AT, STREAM_AT)}/${compressKernels()}`;
    sizes.set(key, (sizes.get(key) ?? 0) + 1);
  }
  return { pages: count, ...same, ...equalPages(pages), sizes: lines(sizes) };
}

/** Pages that sharing would save: all of those that are equal but one. */
function equalPages(pages) {
  const seen = new Set();
  let saved = 0;
  for (let at = 0; at < pages.length; at += PAGE_BYTES) {
    const hash = createHash('sha256')
      .update(pages.subarray(at, at + PAGE_BYTES))
      .digest('latin1');
    if (seen.has(hash)) saved++;
    seen.add(hash);
  }
  return { examined_pages: pages.length / PAGE_BYTES, saved_by_sharing: saved };
}

function repeats16Bits(pages, at) {
  const [first, second] = [pages[at], pages[at + 1]];
  for (let i = 0; i < 8; i += 2) {
    if (pages[at + i] !== first || pages[at + i + 1] !== second) return false;
  }
  return true;
}

function lines(sizes) {
  const sorted = [...sizes].sort(([a], [b]) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  const found = [''];
  for (const [key, count] of sorted) {
    const word = count === 1 ? key : `${key}*${count}`;
    const longer = `${found.at(-1)} ${word}`.trim();
    if (longer.length <= LINE_LETTERS) found[found.length - 1] = longer;
    else found.push(word);
  }
  return found;
}

/** Starts the hog as guests run it, waits until it is full, and reads its pages. */
async function hogPages(program, percent) {
  const flags = [
    '--bytes',
    HOG_PAGES * PAGE_BYTES,
    '--seed',
    values.seed,
    '--compressible',
    percent,
  ];
  const child = spawn(program, flags.map(String), { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const [line] = await Promise.race([once(child.stdout, 'data'), failure(child)]);
    const start = Number(/address (0x[0-9a-f]+)/.exec(String(line))?.[1]);
    const memoryOfHog = openMemory(child.pid);
    const pages = new Uint8Array(HOG_PAGES * PAGE_BYTES);
    for (let at = 0; at < pages.length; at += PAGE_BYTES) {
      if (!memoryOfHog.read(start + at, pages, at)) throw new Error('the hog cannot be read');
    }
    memoryOfHog.close();
    return pages;
  } finally {
    child.kill();
  }
}

async function failure(child) {
  await once(child, 'exit');
  throw new Error('the hog ended before it was full');
}

function compiledHog(folder) {
  const source = fileURLToPath(new URL('../packages/guests/programs/hog.c', import.meta.url));
  const program = join(folder, 'hog');
  execFileSync('cc', ['-O2', '-o', program, source]);
  return program;
}

function openLiblzo2() {
  const library = sharedLibrary('liblzo2.so.2', 'liblzo2-2');
  const compress = library.func(
    'int lzo1x_1_compress(intptr_t from, size_t bytes, intptr_t to, intptr_t length, intptr_t work)',
  );
  const base = addressOf(memory);
  return () => {
    compress(base + SOURCE_AT, PAGE_BYTES, base + STREAM_AT, base + LENGTH_AT, base + WORK_AT);
    return view.getUint32(LENGTH_AT, true);
  };
}

function versionOf(name) {
  const [command, ...flags] = {
    node: [process.execPath, '--version'],
    python: ['/usr/bin/python3', '--version'],
    cc1plus: ['g++', '-dumpfullversion'],
    redis: ['redis-server', '--version'],
    chromium: ['chromium', '--version'],
  }[name];
  const text = execFileSync(command, flags, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const version = /\d+(\.\d+)+/.exec(text)?.[0] ?? text.trim();
  return `${name} ${version}`;
}

function packageVersion(name) {
  return execFileSync('dpkg-query', ['-W', '-f', '$' + '{Version}', name], { encoding: 'utf8' });
}

function debianVersion() {
  return `Debian ${execFileSync('cat', ['/etc/debian_version'], { encoding: 'utf8' }).trim()}`;
}
