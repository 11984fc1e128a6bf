// Sockets by descriptor, between a peer and plain addresses. Calls return a count of bytes, or the
// errno as a negative number, so that a busy loop makes no objects.

import os, { constants } from 'node:os';
import { cFunction, lastErrno } from './c-library.ts';
import { callFailed } from './errors.ts';

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const F_DUPFD_CLOEXEC = 1030;
const UNIX_PATH_BYTES_MAX = 107;

const recv = cFunction<(fd: number, to: number, bytes: number, flags: number) => number>(
  'intptr_t recv(int fd, intptr_t to, size_t bytes, int flags)',
);
const send = cFunction<(fd: number, from: number, bytes: number, flags: number) => number>(
  'intptr_t send(int fd, intptr_t from, size_t bytes, int flags)',
);
const sendto = cFunction<
  (fd: number, from: Uint8Array, n: number, flags: number, to: Uint8Array, size: number) => number
>(
  'intptr_t sendto(int fd, const void *from, size_t bytes, int flags, const void *to, unsigned int toBytes)',
);
const socket = cFunction<(family: number, type: number, protocol: number) => number>(
  'int socket(int family, int type, int protocol)',
);
const connect = cFunction<(fd: number, to: Uint8Array, bytes: number) => number>(
  'int connect(int fd, const void *to, unsigned int bytes)',
);
const socketpair = cFunction<
  (family: number, type: number, protocol: number, pair: Uint8Array) => number
>('int socketpair(int family, int type, int protocol, _Out_ void *pair)');
const fcntl = cFunction<(fd: number, command: number, value: number) => number>(
  'int fcntl(int fd, int command, int value)',
);
const close = cFunction<(fd: number) => number>('int close(int fd)');

/** What a call that would have to wait returns. */
export const WOULD_WAIT = -constants.errno.EAGAIN;

/** Receives at most `bytes` without waiting: the count, 0 at the end, or the errno below zero. */
export function receive(fd: number, to: number, bytes: number): number {
  const count = recv(fd, to, bytes, MSG_DONTWAIT);
  return count < 0 ? -lastErrno() : count;
}

/** The same, but waits until there is something. */
export function receiveWaiting(fd: number, to: number, bytes: number): number {
  const count = recv(fd, to, bytes, 0);
  return count < 0 ? -lastErrno() : count;
}

/** Sends at most `bytes` without waiting: the count, or the errno below zero. */
export function transmit(fd: number, from: number, bytes: number): number {
  const count = send(fd, from, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
  return count < 0 ? -lastErrno() : count;
}

/** The same, but waits until all bytes are gone or the peer is. */
export function transmitWaiting(fd: number, from: number, bytes: number): number {
  const count = send(fd, from, bytes, MSG_NOSIGNAL);
  return count < 0 ? -lastErrno() : count;
}

/** A second descriptor of the same socket, which lives on when the first is closed. */
export function duplicate(fd: number): number {
  const copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) throw callFailed('fcntl', lastErrno(), 'cannot take over a socket');
  return copy;
}

export function closeDescriptor(fd: number): void {
  close(fd);
}

/** Two sockets that are connected to each other; whoever gets a descriptor closes it. */
export function socketPair(): [number, number] {
  const pair = new Uint8Array(8);
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
    throw callFailed('socketpair', lastErrno(), 'cannot make a pair of sockets');
  }
  const view = new DataView(pair.buffer);
  const isLittle = os.endianness() === 'LE';
  return [view.getInt32(0, isLittle), view.getInt32(4, isLittle)];
}

/** Connects to a unix socket by path; waits until the peer accepts. Returns the descriptor. */
export function connectUnix(path: string): number {
  const fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw callFailed('socket', lastErrno(), 'cannot make a socket');
  const address = unixAddress(path);
  if (connect(fd, address, address.length) === 0) return fd;
  const errno = lastErrno();
  close(fd);
  throw callFailed('connect', errno, `cannot connect to ${path}`);
}

/** Sends one datagram to a unix socket; a leading @ stands for the abstract namespace. */
export function sendDatagram(path: string, text: string): void {
  const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw callFailed('socket', lastErrno(), 'cannot make a socket');
  const bytes = Buffer.from(text);
  const address = unixAddress(path);
  const count = sendto(fd, bytes, bytes.length, MSG_NOSIGNAL, address, address.length);
  const errno = count < 0 ? lastErrno() : 0;
  close(fd);
  if (errno !== 0) throw callFailed('sendto', errno, `cannot send to ${path}`);
}

/** A sockaddr_un: the family in the machine's order, then the path. */
function unixAddress(path: string): Uint8Array {
  const name = Buffer.from(path);
  if (name.length > UNIX_PATH_BYTES_MAX) {
    const limit = `a socket's path has at most ${UNIX_PATH_BYTES_MAX} bytes`;
    throw callFailed('connect', constants.errno.ENAMETOOLONG, `${limit}: ${path}`);
  }
  const isAbstract = path.startsWith('@');
  const address = new Uint8Array(2 + name.length + (isAbstract ? 0 : 1));
  new DataView(address.buffer).setUint16(0, AF_UNIX, os.endianness() === 'LE');
  address.set(name, 2);
  if (isAbstract) address[2] = 0;
  return address;
}
