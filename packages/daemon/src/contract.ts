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
}

/** A connection in the data plane. */
export interface ServedConnection {
  readonly id: number;
  /** Settles when the session has ended, with the reason: `closed`, `drained`, `cut`, … */
  readonly ended: Promise<string>;
  /** Ends the session: requests that were received are answered first. */
  end(): void;
  /** Ends the session at once, also where its peer does not take its answers. */
  cut(): void;
}

export interface DataPlane {
  serve(handover: Handover): ServedConnection;
  readonly connectionCount: number;
  /** Answers what was received, ends all sessions, stops the threads. */
  close(): Promise<void>;
}

/** What a write gets that would pass a limit. QEMU pauses a guest on ENOSPC; EIO it survives. */
export type FullError = 'EIO' | 'ENOSPC';
