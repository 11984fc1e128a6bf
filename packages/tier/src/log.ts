// Appends records to extents, in batches of one large write each. One thread has the log, the
// keeper; all others read, and release what they no longer name.
//
// A batch begins at a block and ends with its extent. After its write the next one goes on where it
// ended, so few records cost one block and not an extent. What cleaning moves goes to extents of
// its own: what was kept so long is likely to be kept on, and extents of one kind empty together.

import type { RecordName, TierBatch, TierDevice, TierLayout } from './contract.ts';
import { NO_ROOM } from './contract.ts';
import { Extents } from './extents.ts';
import { BLOCK_BYTES, extentAt, placeIn, roundUp, WINDOW_BYTES_MAX } from './layout.ts';
import { RecordWriter } from './record.ts';
import type { Sealer } from './sealer.ts';

/** Extents that cleaning alone may take, so that it can always empty others. */
const RESERVE_EXTENTS = 2;
/** A part of an extent that is too small to be worth a write of its own. */
const ROOM_SHARE_MIN = 1 / 16;

export interface LogOptions {
  readonly device: TierDevice;
  readonly layout: TierLayout;
  /** By extent, and shared; see `TierShare`. */
  readonly live: Int32Array<SharedArrayBuffer>;
  readonly takes: Int32Array<SharedArrayBuffer>;
  /** Memory that begins at a page, as many extents long as writes may be in flight. */
  readonly area: Uint8Array;
  readonly sealer: Sealer | null;
  readonly reserveExtents?: number;
}

export interface BeginOptions {
  /** The batch takes records out of sparse extents, and may use the reserve. */
  readonly isCleaning?: boolean;
}

/** The rest of an extent that a batch left. */
interface Room {
  readonly extent: number;
  readonly at: number;
  readonly isCleaning: boolean;
}

export class TierLog {
  readonly extents: Extents;
  readonly #device: TierDevice;
  readonly #layout: TierLayout;
  readonly #writer: RecordWriter;
  readonly #reserve: number;
  readonly #roomBytesMin: number;
  readonly #buffers: Uint8Array[] = [];
  readonly #rooms: Room[] = [];

  constructor(options: LogOptions) {
    const { layout, area } = options;
    this.#device = options.device;
    this.#layout = layout;
    this.#writer = new RecordWriter(options.sealer);
    this.#reserve = options.reserveExtents ?? RESERVE_EXTENTS;
    this.#roomBytesMin = Math.max(WINDOW_BYTES_MAX, layout.extentBytes * ROOM_SHARE_MIN);
    for (let at = 0; at + layout.extentBytes <= area.length; at += layout.extentBytes) {
      this.#buffers.push(area.subarray(at, at + layout.extentBytes));
    }
    if (this.#buffers.length === 0) throw new RangeError('the area is smaller than an extent');
    this.extents = new Extents(layout, options.live, options.takes);
  }

  /** Writes that can be in flight besides those that are. */
  get freeBuffers(): number {
    return this.#buffers.length;
  }

  /** Extents that are free at least. */
  get freeExtents(): number {
    return this.extents.freeCount;
  }

  /** Whether an extent can be taken that is not cleaning's alone. */
  get hasRoom(): boolean {
    return this.freeExtents > this.#reserve || this.extents.recount() > this.#reserve;
  }

  /**
   * Takes up what the live counts say, after a start: extents that are held are closed, others
   * free. Call it when the counts are made and before the first batch.
   */
  adopt(): void {
    this.extents.recount();
  }

  /**
   * Begins a batch, which must be ended by its `write`, also where nothing was appended. Null: no
   * extent is free but those that cleaning may take, or all buffers are being filled or written.
   */
  begin({ isCleaning = false }: BeginOptions = {}): TierBatch | null {
    const buffer = this.#buffers.pop();
    if (buffer === undefined) return null;
    const room = this.#roomFor(isCleaning);
    if (room !== null) return new Batch(this.#host, room, buffer);
    this.#buffers.push(buffer);
    return null;
  }

  /** Extents with the smallest named parts, up to `shareMax` (0 to 1), for cleaning. */
  sparsest(count: number, shareMax: number): number[] {
    return this.extents.sparsest(count, shareMax);
  }

  /** Tells the device of free extents that it holds for nothing, at most `countMax` of them. */
  discardFree(countMax: number): number {
    const { extentBytes } = this.#layout;
    return this.extents.discardFree(countMax, (first, count) => {
      this.#device.discard(extentAt(this.#layout, first), count * extentBytes);
    });
  }

  #roomFor(isCleaning: boolean): Room | null {
    const index = this.#rooms.findIndex((room) => room.isCleaning === isCleaning);
    if (index >= 0) return this.#rooms.splice(index, 1)[0]!;
    const extent = this.extents.take(isCleaning ? 0 : this.#reserve);
    return extent < 0 ? null : { extent, at: 0, isCleaning };
  }

  /** What a batch may do to its log. */
  get #host(): BatchHost {
    return {
      layout: this.#layout,
      device: this.#device,
      writer: this.#writer,
      extents: this.extents,
      end: (room, buffer, isSound) => {
        this.#buffers.push(buffer);
        const isEnough = room.at + this.#roomBytesMin <= this.#layout.extentBytes;
        // After a failed write nobody knows what the rest holds, nor whether it can be written.
        if (isSound && isEnough) this.#rooms.push(room);
        else this.extents.close(room.extent);
      },
    };
  }
}

interface BatchHost {
  readonly layout: TierLayout;
  readonly device: TierDevice;
  readonly writer: RecordWriter;
  readonly extents: Extents;
  end(room: Room, buffer: Uint8Array, isSound: boolean): void;
}

class Batch implements TierBatch {
  recordCount = 0;
  readonly #host: BatchHost;
  readonly #room: Room;
  readonly #buffer: Uint8Array;
  readonly #roomBytes: number;
  /** Where the next record begins in the buffer, a unit's beginning. */
  #at = 0;
  #isEnded = false;

  constructor(host: BatchHost, room: Room, buffer: Uint8Array) {
    this.#host = host;
    this.#room = room;
    this.#buffer = buffer;
    this.#roomBytes = host.layout.extentBytes - room.at;
  }

  get extent(): number {
    return this.#room.extent;
  }

  get bytes(): number {
    return roundUp(this.#at, BLOCK_BYTES);
  }

  append(name: RecordName, kind: number, payload: Uint8Array): number {
    if (this.#isEnded) throw new Error('the batch is written already');
    const { layout, writer, extents } = this.#host;
    const at = this.#at;
    if (at + writer.bytesFor(payload.length) > this.#roomBytes) return NO_ROOM;
    const end = at + writer.write(this.#buffer, at, name, kind, payload);
    this.#at = roundUp(end, layout.unitBytes);
    // What the buffer held before is not this extent's to keep.
    this.#buffer.fill(0, end, this.#at);
    this.recordCount++;
    extents.add(this.extent, this.#at - at);
    return placeIn(layout, this.extent, this.#room.at + at);
  }

  async write(): Promise<void> {
    if (this.#isEnded) throw new Error('the batch is written already');
    this.#isEnded = true;
    const { layout, device, end } = this.#host;
    const { bytes } = this;
    const { extent, at, isCleaning } = this.#room;
    let isSound = false;
    try {
      this.#buffer.fill(0, this.#at, bytes);
      if (bytes > 0) {
        await device.write(extentAt(layout, extent) + at, this.#buffer.subarray(0, bytes));
      }
      isSound = true;
    } finally {
      end({ extent, at: at + bytes, isCleaning }, this.#buffer, isSound);
    }
  }
}
