// What the API tells of, gathered where the daemon is assembled.

import type { TcpAddress } from '../addresses.ts';
import type { ServeSettings } from '../config.ts';
import type { DoorCounts } from '../handshake-room.ts';
import type { JudgeHandle } from '../judging/judge-handle.ts';
import type { Lender } from '../lender.ts';
import type { KeeperHandle } from '../tier/keeper-handle.ts';
import type { Transfers } from '../transfers/transfers.ts';

export interface DaemonFacts {
  readonly lender: Lender;
  /** Null without a tier. */
  readonly keeper: KeeperHandle | null;
  /** Null without a tier. */
  readonly judge: JudgeHandle | null;
  readonly transfers: Transfers;
  readonly doors: DoorCounts;
  readonly settings: ServeSettings;
  readonly poolDir: string;
  /** Where it really listens: a port of 0 is the one that the system chose. */
  readonly listen: TcpAddress | null;
  readonly http: TcpAddress | null;
  /** The name of this machine, for guests to which the lender listens on all addresses. */
  readonly hostName: string;
  readonly version: string;
  readonly startedAt: Date;
  readonly socketPath: (leaseName: string) => string;
  /** Whether clients are let in: not before all is open, and not once it stops. */
  readonly isReady: () => boolean;
}
