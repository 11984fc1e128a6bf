// What this server can do, in one place: the transmission flags that tell a client so, and the
// command flags that a request may therefore carry.

import {
  CMD_BLOCK_STATUS,
  CMD_FLAG_DF,
  CMD_FLAG_FAST_ZERO,
  CMD_FLAG_FUA,
  CMD_FLAG_NO_HOLE,
  CMD_FLAG_REQ_ONE,
  CMD_READ,
  CMD_WRITE_ZEROES,
} from './constants.ts';

/** Bits of the transmission flags, with the condition under which each is set. */
export const TRANSMISSION_FLAGS = [
  // "HAS_FLAGS: MUST always be 1."
  { name: 'HAS_FLAGS', bit: 0, when: 'always' },
  { name: 'READ_ONLY', bit: 1, when: 'readOnly' },
  { name: 'SEND_FLUSH', bit: 2, when: 'always' },
  { name: 'SEND_FUA', bit: 3, when: 'always' },
  { name: 'SEND_TRIM', bit: 5, when: 'writable' },
  { name: 'SEND_WRITE_ZEROES', bit: 6, when: 'writable' },
  // "SEND_DF: … MUST leave this flag clear if structured replies have not been negotiated."
  { name: 'SEND_DF', bit: 7, when: 'structured' },
  // "CAN_MULTI_CONN: … the effects of FLUSH and FUA MUST be visible across all connections": the
  // pages of an export are one and the same for all its connections.
  { name: 'CAN_MULTI_CONN', bit: 8, when: 'always' },
  { name: 'SEND_CACHE', bit: 10, when: 'always' },
  // "SEND_FAST_ZERO: MUST set this … to 0 if SEND_WRITE_ZEROES is not set."
  { name: 'SEND_FAST_ZERO', bit: 11, when: 'writable' },
] as const;

export function transmissionFlags(isReadOnly: boolean, isStructured: boolean): number {
  const holds = {
    always: true,
    readOnly: isReadOnly,
    writable: !isReadOnly,
    structured: isStructured,
  };
  let flags = 0;
  for (const { bit, when } of TRANSMISSION_FLAGS) if (holds[when]) flags |= 1 << bit;
  return flags;
}

/**
 * Command flags that are documented for a command. "FUA is valid for all commands … the server
 * MUST accept all commands with this bit set (even by ignoring the bit)": a page that was taken is
 * as safe as it will be, so the bit asks for nothing more.
 */
export function allowedCommandFlags(type: number, isStructured: boolean): number {
  switch (type) {
    case CMD_READ:
      return isStructured ? CMD_FLAG_FUA | CMD_FLAG_DF : CMD_FLAG_FUA;
    case CMD_WRITE_ZEROES:
      return CMD_FLAG_FUA | CMD_FLAG_NO_HOLE | CMD_FLAG_FAST_ZERO;
    case CMD_BLOCK_STATUS:
      return CMD_FLAG_FUA | CMD_FLAG_REQ_ONE;
    default:
      return CMD_FLAG_FUA;
  }
}
