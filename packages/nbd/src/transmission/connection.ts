// The state of one connection that the servers of requests share.

import type { PageDevice } from '../page-device.ts';
import type { ReceiveBuffer } from './receive-buffer.ts';
import type { Replies } from './replies.ts';
import { Request } from './request.ts';

export interface Agreement {
  readonly isStructured: boolean;
  readonly hasBaseAllocation: boolean;
  readonly isReadOnly: boolean;
}

export class Connection {
  readonly device: PageDevice;
  readonly input: ReceiveBuffer;
  readonly replies: Replies;
  readonly agreement: Agreement;
  readonly request = new Request();
  /** Slots that may yet be visited in this turn. */
  turnSlots = 0;
  /** Why the session ended; empty while it lasts. */
  reason = '';

  constructor(device: PageDevice, input: ReceiveBuffer, replies: Replies, agreement: Agreement) {
    this.device = device;
    this.input = input;
    this.replies = replies;
    this.agreement = agreement;
  }
}
