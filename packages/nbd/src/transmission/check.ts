// Whether a request may be served at all. What is refused here touches no page.

import { allowedCommandFlags } from '../capabilities.ts';
import {
  CMD_BLOCK_STATUS,
  CMD_CACHE,
  CMD_FLAG_FUA,
  CMD_FLUSH,
  CMD_READ,
  CMD_TRIM,
  CMD_WRITE,
  CMD_WRITE_ZEROES,
  NBD_EINVAL,
  NBD_ENOSPC,
  NBD_EOVERFLOW,
  NBD_EPERM,
  PAYLOAD_BYTES_MAX,
} from '../constants.ts';
import type { Agreement } from './connection.ts';
import type { Request } from './request.ts';

/** 0, or the error with which the request is refused; `bytes` is the size of the export. */
export function check(request: Request, agreement: Agreement, bytes: number): number {
  const { type, flags } = request;
  // "The server SHOULD return EINVAL if it receives an unknown command flag … [or] a request with
  // a flag not explicitly documented as applicable to the given request."
  if ((flags & ~CMD_FLAG_FUA) !== 0) {
    if ((flags & ~allowedCommandFlags(type, agreement.isStructured)) !== 0) return NBD_EINVAL;
  }
  const isInside = request.offset + request.length <= bytes;
  switch (type) {
    case CMD_READ:
      return isInside ? checkReadLength(request.length, agreement) : NBD_EINVAL;
    case CMD_WRITE:
      return checkWrite(request.length, agreement, isInside);
    case CMD_FLUSH:
      // "For a flush request, length and offset are reserved, and MUST be set to all-zero."
      return request.length === 0 && request.offset === 0 ? 0 : NBD_EINVAL;
    case CMD_TRIM:
      // "It SHOULD return EPERM if it receives a write or trim request on a read-only export"; "It
      // SHOULD return EINVAL if it receives a read or trim request including one or more sectors
      // beyond the size of the device".
      if (agreement.isReadOnly) return NBD_EPERM;
      return isInside ? 0 : NBD_EINVAL;
    case CMD_CACHE:
      return isInside ? 0 : NBD_EINVAL;
    case CMD_WRITE_ZEROES:
      // "The server SHOULD return ENOSPC if it receives a write zeroes request including one or
      // more sectors beyond the size of the device. It SHOULD return EPERM … on a read-only export."
      if (agreement.isReadOnly) return NBD_EPERM;
      return isInside ? 0 : NBD_ENOSPC;
    case CMD_BLOCK_STATUS:
      // "Servers SHOULD reply with EINVAL to clients sending BLOCK_STATUS without selecting at least
      // one metadata context." Of length 0 there is no extent, whose length "MUST be nonzero".
      if (!agreement.hasBaseAllocation || request.length === 0) return NBD_EINVAL;
      return isInside ? 0 : NBD_EINVAL;
    default:
      // "The server SHOULD return EINVAL if it receives an unknown command."
      return NBD_EINVAL;
  }
}

function checkReadLength(length: number, agreement: Agreement): number {
  if (length <= PAYLOAD_BYTES_MAX) return 0;
  // "The server is also permitted to reject large read requests up front with EOVERFLOW"; this of
  // structured replies, while otherwise it "SHOULD NOT return EOVERFLOW".
  return agreement.isStructured ? NBD_EOVERFLOW : NBD_EINVAL;
}

function checkWrite(length: number, agreement: Agreement, isInside: boolean): number {
  // "If [READ_ONLY] is set, the server MUST error subsequent write operations to the export."
  if (agreement.isReadOnly) return NBD_EPERM;
  // "The server SHOULD return ENOSPC if it receives a write request including one or more sectors
  // beyond the size of the device."
  if (!isInside) return NBD_ENOSPC;
  return length <= PAYLOAD_BYTES_MAX ? 0 : NBD_EINVAL;
}
