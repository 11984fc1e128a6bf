// The border between the daemon's two planes. The control plane (main thread) listens, negotiates,
// answers the API and keeps the leases' definitions; the data plane (worker threads) serves requests.

import type { Lease } from '@pagelend/store';

/** A negotiated connection that goes to the data plane. */
export interface Handover {
  /** A descriptor of the socket's own; the data plane closes it. */
  readonly fd: number;
  readonly lease: Lease;
  readonly isStructured: boolean;
  readonly hasBaseAllocation: boolean;
  /** Bytes that the client sent after the handshake's last. */
  readonly leftover: Uint8Array;
  /** Whether the session begins held. */
  readonly isHeld: boolean;
}

/** A connection in the data plane. */
export interface ServedConnection {
  readonly id: number;
  /** Settles when the session has ended, with the reason: `closed`, `drained`, `cut`, … */
  readonly ended: Promise<string>;
  /**
   * Begins no more requests until `release`. Settles once no change of a page is under way: of one
   * that was begun the rest has come and is stored. Settles as well when the session ends.
   */
  hold(): Promise<void>;
  release(): void;
  /**
   * Ends the session: requests that were received are answered first. In a session that is held,
   * those that were not begun get no answer, so that the client asks again elsewhere.
   */
  end(): void;
  /** Ends the session at once, also where its peer does not take its answers. */
  cut(): void;
}

export interface DataPlane {
  serve(handover: Handover): ServedConnection;
  readonly connectionCount: number;
  /**
   * From now on tells all requests on the lease of that index in a ring (`makeRequestRing`), or none
   * any more. Settles once every thread does so.
   */
  record(leaseIndex: number, ring: SharedArrayBuffer | null): Promise<void>;
  /** Answers what was received, ends all sessions, stops the threads. */
  close(): Promise<void>;
}

/** What a write gets that would pass a limit. QEMU pauses a guest on ENOSPC; EIO it survives. */
export type FullError = 'EIO' | 'ENOSPC';
