// Sockets by descriptor beside Node's own, the poller and its bell, locks that die with a descriptor.

import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addressOf,
  Bell,
  BROKEN,
  closeDescriptor,
  connectUnix,
  duplicate,
  lockFile,
  Poller,
  READABLE,
  receive,
  socketPair,
  transmit,
  WOULD_WAIT,
  WRITABLE,
} from '@pagelend/linux';
import { expect, onTestFinished, test } from 'vitest';

const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
const bytes = new Uint8Array(memory.buffer);
const base = addressOf(memory);

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'pagelend-linux-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A descriptor connected to a socket of Node's. */
async function pair(): Promise<{ fd: number; peer: Socket }> {
  const path = join(folder(), 'socket');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const fd = connectUnix(path);
  const peer = await accepted;
  server.close();
  onTestFinished(() => {
    peer.destroy();
    closeDescriptor(fd);
  });
  return { fd, peer };
}

test('bytes pass between an address and a socket of Node, without waiting', async () => {
  const { fd, peer } = await pair();
  expect(receive(fd, base, 100)).toBe(WOULD_WAIT);
  bytes.set(Buffer.from('lend'), 200);
  const came = new Promise<Buffer>((resolve) => peer.once('data', resolve));
  expect(transmit(fd, base + 200, 4)).toBe(4);
  expect((await came).toString()).toBe('lend');
  await new Promise((resolve) => peer.write('page', resolve));
  expect(receive(fd, base, 100)).toBe(4);
  expect(Buffer.from(bytes.subarray(0, 4)).toString()).toBe('page');
  peer.end();
  await new Promise((resolve) => peer.once('close', resolve).resume().destroy());
  expect(receive(fd, base, 100)).toBe(0);
  expect(transmit(fd, base, 4)).toBeLessThan(0);
});

test('a poller tells which socket is ready, and a bell wakes it', async () => {
  const { fd, peer } = await pair();
  const poller = new Poller();
  const bell = new Bell();
  onTestFinished(() => {
    poller.close();
    bell.close();
  });
  poller.add(fd, READABLE, 5);
  poller.add(bell.fd, READABLE, 2 ** 32 - 1);
  expect(poller.wait(0)).toBe(0);
  new Bell(bell.fd).ring();
  expect(poller.wait(1000)).toBe(1);
  expect(poller.tag(0)).toBe(2 ** 32 - 1);
  bell.hush();
  expect(poller.wait(0)).toBe(0);
  poller.change(fd, WRITABLE, 6);
  expect([poller.wait(1000), poller.tag(0), poller.events(0)]).toEqual([1, 6, WRITABLE]);
  poller.change(fd, READABLE, 7);
  peer.destroy();
  await new Promise((resolve) => peer.once('close', resolve));
  expect([poller.wait(1000), poller.tag(0), poller.events(0) & BROKEN]).toEqual([1, 7, 16]);
  poller.remove(fd);
  expect(poller.wait(0)).toBe(0);
  expect(() => poller.add(fd + 1000, READABLE, 1)).toThrow(/EBADF/);
});

test('a duplicate lives on when the first descriptor is closed', async () => {
  const { fd, peer } = await pair();
  const copy = duplicate(fd);
  const again = duplicate(copy);
  closeDescriptor(again);
  await new Promise((resolve) => peer.write('x', resolve));
  expect(receive(copy, base, 10)).toBe(1);
  closeDescriptor(copy);
  expect(receive(copy, base, 10)).toBeLessThan(0);
  expect(receive(fd, base, 10)).toBe(WOULD_WAIT);
});

test('a lock holds off others until its descriptor is closed', () => {
  const path = join(folder(), 'lock');
  const [one, other] = [openSync(path, 'w'), openSync(path, 'w')];
  expect(lockFile(one)).toBe(true);
  expect(lockFile(other)).toBe(false);
  closeSync(one);
  expect(lockFile(other)).toBe(true);
  closeSync(other);
});

test('a path that no socket can have, and one that nobody listens at, are errors', () => {
  expect(() => connectUnix('/'.padEnd(200, 'x'))).toThrow(/at most 107 bytes/);
  expect(() => connectUnix(join(folder(), 'nobody'))).toThrow(/ENOENT/);
});

test('a pair of sockets is connected to itself, and the end of one is the end of both', () => {
  const [one, other] = socketPair();
  bytes.set([1, 2, 3], 0);
  expect(transmit(one, base, 3)).toBe(3);
  expect(receive(other, base + 64, 16)).toBe(3);
  expect([...bytes.slice(64, 67)]).toEqual([1, 2, 3]);
  expect(receive(one, base, 16)).toBe(WOULD_WAIT);
  closeDescriptor(other);
  expect(receive(one, base, 16)).toBe(0);
  closeDescriptor(one);
});
