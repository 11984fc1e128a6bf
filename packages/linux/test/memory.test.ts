// Mapped memory: the same bytes through the file, the mapping and another mapping; the address of a
// memory, whatever other threads do to its bytes.

import { closeSync, ftruncateSync, readSync, writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import {
  addressOf,
  createMemoryFile,
  mapFile,
  populate,
  punchFile,
  reserveFile,
  unmapFile,
} from '@pagelend/linux';
import { expect, onTestFinished, test } from 'vitest';

const BYTES = 2 ** 20;

function memoryOf(bytes: number): WebAssembly.Memory {
  const pages = bytes / 65_536;
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

function memoryFile(): number {
  const fd = createMemoryFile('pagelend-test');
  onTestFinished(() => closeSync(fd));
  ftruncateSync(fd, BYTES);
  return fd;
}

test('what is written to a mapped memory is in the file, and the other way round', () => {
  const fd = memoryFile();
  const [one, other] = [memoryOf(BYTES * 2), memoryOf(BYTES)];
  mapFile(addressOf(one) + BYTES, BYTES, fd, 0);
  mapFile(addressOf(other), BYTES, fd, 0);
  expect(reserveFile(fd, 0, BYTES)).toBe(0);
  populate(addressOf(other), BYTES);
  new Uint8Array(one.buffer)[BYTES + 5000] = 7;
  const byte = Buffer.alloc(1);
  readSync(fd, byte, 0, 1, 5000);
  writeSync(fd, Buffer.from([9]), 0, 1, 70_000);
  expect([byte[0], new Uint8Array(other.buffer)[5000]]).toEqual([7, 7]);
  expect(new Uint8Array(one.buffer)[BYTES + 70_000]).toBe(9);
  // The rest of the first memory is its own.
  expect(new Uint8Array(one.buffer, 0, BYTES).every((value) => value === 0)).toBe(true);
  expect(punchFile(fd, 0, 8192)).toBe(0);
  expect(new Uint8Array(other.buffer)[5000]).toBe(0);
  unmapFile(addressOf(other), BYTES);
  expect(new Uint8Array(other.buffer)[70_000]).toBe(0);
  new Uint8Array(other.buffer)[70_000] = 1;
  expect(new Uint8Array(one.buffer)[BYTES + 70_000]).toBe(9);
});

test('the address of a memory is the same while other threads change its first byte', async () => {
  const memory = memoryOf(65_536);
  const address = addressOf(memory);
  const worker = new Worker(
    'const bytes = new Uint8Array(require("node:worker_threads").workerData.buffer);' +
      'for (;;) bytes[0]++;',
    { eval: true, workerData: memory },
  );
  await new Promise((resolve) => worker.once('online', resolve));
  for (let i = 0; i < 200_000; i++) {
    if (addressOf(memory) !== address) throw new Error(`not ${address}`);
  }
  await worker.terminate();
  expect(address % 65_536).toBe(0);
});
