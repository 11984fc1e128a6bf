// epoll and eventfd: one thread waits for many sockets, and another can wake it.

import { endianness } from 'node:os';
import { cFunction, lastErrno } from './c-library.ts';
import { callFailed } from './errors.ts';
import { closeDescriptor } from './sockets.ts';

const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLL_CTL_MOD = 3;
const EFD_CLOEXEC_NONBLOCK = 0o2004000;
const EINTR = 4;
const EVENTS_MAX = 64;

/** The structure is packed on x86-64 and is not elsewhere. */
const EVENT_BYTES = process.arch === 'x64' ? 12 : 16;
const TAG_AT = EVENT_BYTES - 8;
const IS_LITTLE = endianness() === 'LE';

export const READABLE = 1;
export const WRITABLE = 4;
/** An error or a hang-up; always reported. */
export const BROKEN = 8 | 16;

const epollCreate = cFunction<(flags: number) => number>('int epoll_create1(int flags)');
const epollCtl = cFunction<(fd: number, what: number, of: number, event: Uint8Array) => number>(
  'int epoll_ctl(int fd, int what, int of, const void *event)',
);
const epollWait = cFunction<(fd: number, events: Uint8Array, max: number, ms: number) => number>(
  'int epoll_wait(int fd, _Out_ void *events, int max, int milliseconds)',
);
const eventfd = cFunction<(start: number, flags: number) => number>(
  'int eventfd(unsigned int start, int flags)',
);
const eventfdWrite = cFunction<(fd: number, value: number) => number>(
  'int eventfd_write(int fd, uint64_t value)',
);
const eventfdRead = cFunction<(fd: number, value: Uint8Array) => number>(
  'int eventfd_read(int fd, _Out_ void *value)',
);

/** Waits for sockets. After `wait`, `tag(i)` and `events(i)` tell of the i-th that is ready. */
export class Poller {
  readonly #fd: number;
  readonly #buffer = new Uint8Array(EVENTS_MAX * EVENT_BYTES);
  readonly #view = new DataView(this.#buffer.buffer);
  readonly #change = new Uint8Array(EVENT_BYTES);
  readonly #changeView = new DataView(this.#change.buffer);

  constructor() {
    this.#fd = epollCreate(EPOLL_CLOEXEC);
    if (this.#fd < 0) throw callFailed('epoll_create1', lastErrno(), 'cannot wait for sockets');
  }

  /** Watches `fd` for `events`; `tag` is what `wait` will call it by. */
  add(fd: number, events: number, tag: number): void {
    this.#control(EPOLL_CTL_ADD, fd, events, tag);
  }

  change(fd: number, events: number, tag: number): void {
    this.#control(EPOLL_CTL_MOD, fd, events, tag);
  }

  remove(fd: number): void {
    epollCtl(this.#fd, EPOLL_CTL_DEL, fd, this.#change);
  }

  /** Waits until something is ready; at most `ms` where that is 0 or more. Returns how many are. */
  wait(ms: number): number {
    const count = epollWait(this.#fd, this.#buffer, EVENTS_MAX, ms);
    if (count >= 0) return count;
    const errno = lastErrno();
    if (errno === EINTR) return 0;
    throw callFailed('epoll_wait', errno, 'cannot wait for sockets');
  }

  tag(index: number): number {
    return this.#view.getUint32(index * EVENT_BYTES + TAG_AT, IS_LITTLE);
  }

  events(index: number): number {
    return this.#view.getUint32(index * EVENT_BYTES, IS_LITTLE);
  }

  close(): void {
    closeDescriptor(this.#fd);
  }

  #control(what: number, fd: number, events: number, tag: number): void {
    this.#changeView.setUint32(0, events, IS_LITTLE);
    this.#changeView.setUint32(TAG_AT, tag, IS_LITTLE);
    if (epollCtl(this.#fd, what, fd, this.#change) === 0) return;
    throw callFailed('epoll_ctl', lastErrno(), `cannot watch descriptor ${fd}`);
  }
}

/** A bell that one thread rings and another's Poller hears. */
export class Bell {
  readonly fd: number;
  readonly #value = new Uint8Array(8);

  /** A new bell, or one that another thread made, by its descriptor. */
  constructor(fd = eventfd(0, EFD_CLOEXEC_NONBLOCK)) {
    if (fd < 0) throw callFailed('eventfd', lastErrno(), 'cannot make a bell');
    this.fd = fd;
  }

  ring(): void {
    eventfdWrite(this.fd, 1);
  }

  /** Makes it silent again. */
  hush(): void {
    eventfdRead(this.fd, this.#value);
  }

  close(): void {
    closeDescriptor(this.fd);
  }
}
