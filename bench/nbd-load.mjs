// A load generator for NBD servers on unix sockets that takes little of the processor itself: from
// depth 16 up fio is slower than what it measures. A worker per connection, 4 KiB requests at random
// slots, real pages as payload; gives requests per second, latencies, and the server's own processor
// time per request.
//
//   node bench/nbd-load.mjs --socket S --export NAME --pid PID --pages pages.bin --op mix --depth 16

import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { SESSION_BYTES } from './lib/nbd-session.mjs';
import { cpuMs } from './lib/proc.mjs';
import { realPages } from './real-pages.mjs';

const PAGE_BYTES = 4096;
const WASM_PAGE_BYTES = 65536;
const WARM_UP_MS = 150;
const FILL_DEPTH = 16;

export class LoadGenerator {
  #workers;
  #pageCount;

  /** `pages` are the payload; `slots` bounds what `verify` can keep track of. */
  constructor({ pages, connectionsMax, slots }) {
    const pagesAt = connectionsMax * SESSION_BYTES;
    const wasmPages = Math.ceil((pagesAt + pages.length) / WASM_PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: wasmPages, maximum: wasmPages, shared: true });
    new Uint8Array(memory.buffer).set(pages, pagesAt);
    const written = new Int32Array(new SharedArrayBuffer(slots * 4)).fill(-1);
    this.#pageCount = pages.length / PAGE_BYTES;
    this.#workers = Array.from({ length: connectionsMax }, (_, i) => {
      const workerData = { memory, at: i * SESSION_BYTES, pagesAt, written };
      return new Worker(new URL('lib/load-worker.mjs', import.meta.url), { workerData });
    });
  }

  /** Writes page i to slot i (from the first again at the end of the pages). */
  async fill(server, slots, { isVerified = false } = {}) {
    await this.#ask(1, 'open', () => ({ ...address(server), isVerified }));
    const range = { from: 0, to: slots, pageCount: this.#pageCount, depth: FILL_DEPTH };
    const [figures] = await this.#ask(1, 'fill', () => range);
    await this.#ask(1, 'close', () => ({}));
    if (figures.failed > 0) throw new Error(`${server.name}: ${figures.failed} writes failed`);
  }

  /**
   * Runs `op` (read, write, mix) for `ms` or a number of requests on `connections` connections;
   * with `isVerified` each has slots of its own and every read is compared.
   */
  async run(server, { connections, slots, isVerified = false, warmUpMs = WARM_UP_MS, ...options }) {
    const share = Math.floor(slots / connections);
    const one = (i, ms) => ({
      ...options,
      ...(ms === undefined ? {} : { ms }),
      pageCount: this.#pageCount,
      seed: ((options.seed ?? 1) * 2654435761 + i * 40503 + (ms ?? 0)) | 0,
      from: isVerified ? i * share : 0,
      to: isVerified ? (i + 1) * share : slots,
    });
    await this.#ask(connections, 'open', () => ({ ...address(server), isVerified }));
    if (warmUpMs > 0) await this.#ask(connections, 'random', (i) => one(i, warmUpMs));
    const cpuBefore = server.pid === undefined ? 0 : cpuMs(server.pid);
    const own = process.cpuUsage();
    const parts = await this.#ask(connections, 'random', (i) => one(i));
    const { user, system } = process.cpuUsage(own);
    const serverCpuMs = server.pid === undefined ? Number.NaN : cpuMs(server.pid) - cpuBefore;
    await this.#ask(connections, 'close', () => ({}));
    return summed(parts, serverCpuMs, (user + system) / 1000);
  }

  async close() {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  /** Gives the first `count` workers something to do and waits for all. */
  #ask(count, verb, optionsOf) {
    const asked = this.#workers.slice(0, count).map(async (worker, i) => {
      const answer = once(worker, 'message');
      worker.postMessage({ verb, ...optionsOf(i) });
      const [{ result, error }] = await answer;
      if (error !== undefined) throw new Error(error);
      return result;
    });
    return Promise.all(asked);
  }
}

function address({ socket, exportName }) {
  return { socket, exportName };
}

function summed(parts, serverCpuMs, clientCpuMs) {
  const sum = (get) => parts.reduce((total, part) => total + get(part), 0);
  const requests = sum((part) => part.requests);
  const mean = (get) => Math.round((sum((part) => get(part) * part.requests) / requests) * 10) / 10;
  const perSecond = sum((part) => (part.requests / part.ms) * 1000);
  return {
    requests,
    failed: sum((part) => part.failed),
    mismatched: sum((part) => part.mismatched),
    requestsPerSecond: Math.round(perSecond),
    meanUs: mean((part) => part.meanUs),
    medianUs: mean((part) => part.medianUs),
    p99Us: Math.max(...parts.map((part) => part.p99Us)),
    serverCpuUs: Math.round((serverCpuMs * 1e5) / requests) / 100,
    clientCpuUs: Math.round((clientCpuMs * 1e5) / requests) / 100,
  };
}

async function main() {
  const { values } = parseArgs({
    options: {
      socket: { type: 'string' },
      export: { type: 'string', default: '' },
      pid: { type: 'string' },
      pages: { type: 'string' },
      count: { type: 'string', default: '32768' },
      op: { type: 'string', default: 'read' },
      depth: { type: 'string', default: '16' },
      connections: { type: 'string', default: '1' },
      seconds: { type: 'string', default: '2' },
      seed: { type: 'string', default: '1' },
      fill: { type: 'boolean', default: false },
      verify: { type: 'boolean', default: false },
    },
  });
  if (values.socket === undefined) throw new Error('--socket PATH: where the server listens');
  const tell = (line) => process.stderr.write(`${line}\n`);
  const pages = await realPages({ path: values.pages, count: Number(values.count), tell });
  const slots = pages.length / PAGE_BYTES;
  const connections = Number(values.connections);
  const load = new LoadGenerator({ pages, connectionsMax: connections, slots });
  const pid = values.pid === undefined ? undefined : Number(values.pid);
  const server = { name: 'server', socket: values.socket, exportName: values.export, pid };
  const isVerified = values.verify;
  if (values.fill || isVerified) await load.fill(server, slots, { isVerified });
  const figures = await load.run(server, {
    ...{ op: values.op, connections, slots, isVerified },
    depth: Number(values.depth),
    ms: Number(values.seconds) * 1000,
    seed: Number(values.seed),
  });
  console.log(JSON.stringify({ schema: 'pagelend.bench-nbd-load/1', ...figures }, null, 2));
  await load.close();
  if (figures.failed + figures.mismatched > 0) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
