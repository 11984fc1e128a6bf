// What a server has to answer, from a plain buffer: slow and obviously right.

import {
  BLOCK_STATUS,
  CACHE,
  DF,
  FAST_ZERO,
  FLUSH,
  FUA,
  NO_HOLE,
  type Operation,
  READ,
  REQ_ONE,
  TRIM,
  WRITE,
  WRITE_ZEROES,
} from './wire.ts';

const PAGE = 4096;
const MAXIMUM = 32 * 1024 * 1024;

export interface TwinOptions {
  readonly isStructured: boolean;
  readonly hasBaseAllocation: boolean;
  readonly isReadOnly: boolean;
}

export interface Expected {
  readonly error: number;
  /** Offset of the first page that failed. */
  readonly errorOffset?: number;
  readonly data?: Buffer;
  /** State of each byte's page, from the request's offset on. */
  readonly states?: readonly number[];
}

export class Twin {
  readonly #data: Buffer;
  /** 0 data, 2 zero, 3 hole, per page. */
  readonly #states: number[];
  readonly #failing: ReadonlyMap<number, number>;
  readonly #options: TwinOptions;

  constructor(bytes: number, failing: ReadonlyMap<number, number>, options: TwinOptions) {
    this.#data = Buffer.alloc(bytes);
    this.#states = Array.from({ length: bytes / PAGE }, (_, page) => (failing.has(page) ? 0 : 3));
    this.#failing = failing;
    this.#options = options;
  }

  page(page: number): Buffer {
    return this.#data.subarray(page * PAGE, (page + 1) * PAGE);
  }

  state(page: number): number {
    return this.#states[page]!;
  }

  apply(operation: Operation): Expected {
    const refused = this.#refusal(operation);
    if (refused !== 0) return { error: refused };
    const { type, length } = operation;
    const from = Number(operation.offset);
    const to = from + length;
    switch (type) {
      case READ:
        return this.#pages(from, to, () => {}) ?? { error: 0, data: this.#copy(from, to) };
      case WRITE:
        return this.#change(from, to, 0, (start, end) =>
          this.#data.set(operation.data!.subarray(start - from, end - from), start),
        );
      case TRIM: {
        const first = Math.ceil(from / PAGE) * PAGE;
        const last = Math.floor(to / PAGE) * PAGE;
        return this.#change(first, last, 3, (start, end) => this.#data.fill(0, start, end));
      }
      case WRITE_ZEROES: {
        const state = (operation.flags & NO_HOLE) !== 0 ? 2 : 3;
        return this.#change(from, to, state, (start, end) => this.#data.fill(0, start, end));
      }
      case BLOCK_STATUS: {
        const first = Math.floor(from / PAGE);
        return { error: 0, states: this.#states.slice(first, Math.ceil(to / PAGE)) };
      }
      default:
        return { error: 0 };
    }
  }

  #refusal({ type, flags, offset, length }: Operation): number {
    const { isStructured, hasBaseAllocation, isReadOnly } = this.#options;
    const allowed = new Map([
      [READ, isStructured ? FUA | DF : FUA],
      [WRITE, FUA],
      [FLUSH, FUA],
      [TRIM, FUA],
      [CACHE, FUA],
      [WRITE_ZEROES, FUA | NO_HOLE | FAST_ZERO],
      [BLOCK_STATUS, FUA | REQ_ONE],
    ]).get(type);
    if (allowed === undefined || (flags & ~allowed) !== 0) return 22;
    if (isReadOnly && [WRITE, TRIM, WRITE_ZEROES].includes(type)) return 1;
    if (type === FLUSH) return BigInt(offset) === 0n && length === 0 ? 0 : 22;
    if (type === BLOCK_STATUS && (!hasBaseAllocation || length === 0)) return 22;
    if (BigInt(offset) + BigInt(length) > BigInt(this.#data.length)) {
      return type === WRITE || type === WRITE_ZEROES ? 28 : 22;
    }
    if (length > MAXIMUM && type === READ) return isStructured ? 75 : 22;
    return length > MAXIMUM && type === WRITE ? 22 : 0;
  }

  #change(
    from: number,
    to: number,
    state: number,
    each: (start: number, end: number) => void,
  ): Expected {
    const failed = this.#pages(from, to, (start, end, page) => {
      each(start, end);
      this.#states[page] = end - start === PAGE ? state : 0;
    });
    return failed ?? { error: 0 };
  }

  /** Each page's part of a range in order, up to the first that fails. */
  #pages(
    from: number,
    to: number,
    each: (start: number, end: number, page: number) => void,
  ): Expected | null {
    for (let start = from; start < to; ) {
      const page = Math.floor(start / PAGE);
      const end = Math.min(to, (page + 1) * PAGE);
      const error = this.#failing.get(page);
      if (error !== undefined) return { error, errorOffset: start };
      each(start, end, page);
      start = end;
    }
    return null;
  }

  #copy(from: number, to: number): Buffer {
    return Buffer.from(this.#data.subarray(from, to));
  }
}
