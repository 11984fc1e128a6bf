// INFO and GO: "Both options have identical formats for requests and replies. The only difference
// is that after a successful reply to GO …, transmission mode is entered immediately."

import { transmissionFlags } from '../../capabilities.ts';
import {
  BLOCK_BYTES_MIN,
  BLOCK_BYTES_PREFERRED,
  INFO_BLOCK_SIZE,
  INFO_DESCRIPTION,
  INFO_EXPORT,
  INFO_NAME,
  OPT_GO,
  PAYLOAD_BYTES_MAX,
  REP_ERR_INVALID,
  REP_ERR_UNKNOWN,
  REP_INFO,
} from '../../constants.ts';
import type { ExportDescription } from '../exports.ts';
import type { OptionReader } from '../option-reader.ts';
import { concat, type OptionReplies, string, u16, u32, u64 } from '../option-replies.ts';
import { ANSWERED, type HandshakeSession, type Outcome } from '../session.ts';

export function info(
  session: HandshakeSession,
  data: OptionReader,
  replies: OptionReplies,
): Outcome {
  // "32 bits, length of name (unsigned); MUST be no larger than the option data length - 6"
  const name = data.string(data.u32());
  const requested = informationRequests(data);
  if (!data.isWellFormed) {
    replies.error(REP_ERR_INVALID, 'the lengths inside the option do not add up');
    return ANSWERED;
  }
  const found = session.exports.find(name);
  if (found === undefined) {
    // "ERR_UNKNOWN: … In this case, the server SHOULD NOT send REP_INFO replies."
    replies.error(REP_ERR_UNKNOWN, 'no such export');
    return ANSWERED;
  }
  sendInformation(session, found, requested, replies);
  replies.ack();
  // "The server MUST NOT send any zero padding bytes after the REP_ACK data."
  return replies.option === OPT_GO ? { kind: 'chosen', export: found, name } : ANSWERED;
}

function informationRequests(data: OptionReader): ReadonlySet<number> {
  const requested = new Set<number>();
  const count = data.u16();
  // "The server MUST ignore any information requests it does not understand."
  for (let index = 0; index < count && !data.hasFailed; index++) requested.add(data.u16());
  return requested;
}

function sendInformation(
  session: HandshakeSession,
  found: ExportDescription,
  requested: ReadonlySet<number>,
  replies: OptionReplies,
): void {
  const send = (type: number, ...payload: Uint8Array[]): void =>
    replies.reply(REP_INFO, concat([u16(type), ...payload]));
  // "The server MUST send an INFO_EXPORT information type at some point before sending an ACK."
  const flags = transmissionFlags(found.isReadOnly === true, session.isStructured);
  send(INFO_EXPORT, u64(found.bytes), u16(flags));
  // "The server MAY send information requests back which are not explicitly requested": sizes are
  // useful to all, and the constraints are the default ones.
  send(INFO_BLOCK_SIZE, u32(BLOCK_BYTES_MIN, BLOCK_BYTES_PREFERRED, PAYLOAD_BYTES_MAX));
  if (requested.has(INFO_NAME)) send(INFO_NAME, string(found.name));
  if (requested.has(INFO_DESCRIPTION) && found.description !== undefined) {
    send(INFO_DESCRIPTION, string(found.description));
  }
}
