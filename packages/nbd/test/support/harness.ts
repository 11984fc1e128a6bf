// A transmission between two regions of a memory whose other bytes are watched, and a host that
// receives and sends in pieces of given sizes.

import {
  ENDED,
  type PageDevice,
  type RequestObserver,
  Transmission,
  type TransmissionOptions,
  WANTS_DEVICE,
  WANTS_INPUT,
  WANTS_OUTPUT,
  WANTS_TURN,
} from '@pagelend/nbd';
import type { Region } from './devices.ts';

const CANARY = 0xa5;
const MARGIN_BYTES = 5000;
const REGION_BYTES = 2 ** 16;

export const RX: Region = { at: MARGIN_BYTES + 3, bytes: REGION_BYTES + 11 };
export const TX: Region = { at: RX.at + RX.bytes + MARGIN_BYTES, bytes: REGION_BYTES + 7 };

export interface Outcome {
  readonly output: Buffer;
  readonly hasEnded: boolean;
  readonly reason: string;
  readonly isIdle: boolean;
}

/** What the harness needs of a device that waits. */
export interface Waiting {
  /** Some time goes by; true when the call that waits is to be made again. */
  tick(): boolean;
}

export class Harness {
  readonly memory: SharedArrayBuffer;
  readonly tx: Region;
  readonly #bytes: Uint8Array;

  /** Replies go to a region of so many bytes. */
  constructor(txBytes = TX.bytes) {
    this.tx = { at: TX.at, bytes: txBytes };
    this.memory = new SharedArrayBuffer(TX.at + txBytes + MARGIN_BYTES);
    this.#bytes = new Uint8Array(this.memory).fill(CANARY);
  }

  /** Sizes of pieces are used in turn; they are at least 1. */
  run(
    device: PageDevice,
    options: TransmissionOptions,
    input: Uint8Array,
    receiveBytes: readonly number[] = [Number.MAX_SAFE_INTEGER],
    sendBytes: readonly number[] = [Number.MAX_SAFE_INTEGER],
    observer: RequestObserver | null = null,
    waiting: Waiting | null = null,
  ): Outcome {
    const { at: txAt, bytes: txBytes } = this.tx;
    const buffers = { rxAt: RX.at, rxBytes: RX.bytes, txAt, txBytes };
    const transmission = new Transmission(this.memory, buffers, device, options);
    transmission.observer = observer;
    const output: Buffer[] = [];
    let at = 0;
    let pieces = 0;
    const send = (limit: number): void => {
      const bytes = Math.min(limit, transmission.txPending);
      const from = transmission.txNext;
      output.push(Buffer.from(this.#bytes.subarray(from, from + bytes)));
      transmission.sent(bytes);
    };
    const receive = (): void => {
      const size = receiveBytes[pieces % receiveBytes.length]!;
      const piece = input.subarray(at, at + Math.min(size, transmission.rxRoom));
      this.#bytes.set(piece, transmission.rxNext);
      transmission.received(piece.length);
      at += piece.length;
    };
    // While it waits, bytes come and go; sometimes the call is made again before its time.
    const wait = ({ tick }: Waiting): void => {
      while (!tick()) {
        pieces++;
        if (pieces % 2 === 0) send(sendBytes[pieces % sendBytes.length]!);
        if (pieces % 3 === 0) receive();
        transmission.lookAhead();
        if (pieces % 5 === 0) return;
      }
    };
    for (;;) {
      const wants = transmission.advance();
      pieces++;
      if (wants === ENDED) break;
      if (wants === WANTS_TURN) continue;
      const limit = sendBytes[pieces % sendBytes.length]!;
      if (wants === WANTS_OUTPUT) {
        if (transmission.txPending === 0) throw new Error('wants output and has none');
        send(limit);
        continue;
      }
      if (wants === WANTS_DEVICE && waiting !== null) {
        wait(waiting);
        continue;
      }
      if (wants !== WANTS_INPUT) throw new Error(`wants ${wants}`);
      if (transmission.rxRoom === 0) throw new Error('wants input and has no room');
      if (at === input.length) break;
      // What is pending may be sent at any time, or wait until the region is full.
      if (pieces % 3 === 0) send(limit);
      receive();
    }
    send(Number.MAX_SAFE_INTEGER);
    this.#checkCanaries();
    const { reason, isIdle } = transmission;
    return { output: Buffer.concat(output), hasEnded: reason !== '', reason, isIdle };
  }

  #checkCanaries(): void {
    const ranges = [
      [0, RX.at],
      [RX.at + RX.bytes, TX.at],
      [TX.at + this.tx.bytes, this.memory.byteLength],
    ] as const;
    for (const [from, to] of ranges) {
      const range = this.#bytes.subarray(from, to);
      if (!range.every((byte) => byte === CANARY)) throw new Error(`a byte in ${from}-${to}`);
    }
  }
}
