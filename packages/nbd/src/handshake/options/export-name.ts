// EXPORT_NAME chooses an export without any means to refuse it: all that cannot be granted ends the
// session.

import { transmissionFlags } from '../../capabilities.ts';
import type { OptionReader } from '../option-reader.ts';
import { concat, type OptionReplies, u16, u64 } from '../option-replies.ts';
import type { HandshakeSession, Outcome } from '../session.ts';

const RESERVED_ZEROES = 124;

export function exportName(
  session: HandshakeSession,
  data: OptionReader,
  replies: OptionReplies,
): Outcome {
  const name = data.rest();
  if (!data.isWellFormed) return closed('protocol: the name of EXPORT_NAME is not a string');
  // "If the chosen export does not exist or requirements for the chosen export are not met …, the
  // server MUST terminate the session."
  const found = session.exports.find(name);
  if (found === undefined) return closed('refused: EXPORT_NAME asked for an unknown export');
  const flags = transmissionFlags(found.isReadOnly === true, session.isStructured);
  // "If [C_NO_ZEROES is] set, the server MUST NOT send the 124 bytes of zeroes."
  const padding = new Uint8Array(session.hasNoZeroes ? 0 : RESERVED_ZEROES);
  replies.raw(concat([u64(found.bytes), u16(flags), padding]));
  return { kind: 'chosen', export: found, name };
}

function closed(reason: string): Outcome {
  return { kind: 'closed', reason };
}
