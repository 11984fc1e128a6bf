// The options that carry no data: LIST, STARTTLS and STRUCTURED_REPLY, and ABORT, whose data does
// not matter.

import { REP_ERR_INVALID, REP_ERR_POLICY, REP_SERVER } from '../../constants.ts';
import type { OptionReader } from '../option-reader.ts';
import { concat, type OptionReplies, string, u32 } from '../option-replies.ts';
import { ANSWERED, type HandshakeSession, type Outcome } from '../session.ts';

export function abort(
  _session: HandshakeSession,
  _data: OptionReader,
  replies: OptionReplies,
): Outcome {
  // "The server MUST reply with REP_ACK"; "a server SHOULD ignore any data sent by the client."
  replies.ack();
  return { kind: 'closed', reason: 'aborted' };
}

export function list(
  session: HandshakeSession,
  data: OptionReader,
  replies: OptionReplies,
): Outcome {
  // "The client MUST NOT send any additional data with the option, and the server SHOULD reject a
  // request that includes data with ERR_INVALID." The same of the two below.
  if (!data.isWellFormed) return invalid(replies);
  const names = session.exports.list();
  if (names === null) {
    // "ERR_POLICY: … the client sent OPT_LIST but server configuration has that disabled"
    replies.error(REP_ERR_POLICY, 'exports are not listed here');
    return ANSWERED;
  }
  for (const name of names) {
    const bytes = string(name);
    replies.reply(REP_SERVER, concat([u32(bytes.length), bytes]));
  }
  replies.ack();
  return ANSWERED;
}

export function structuredReply(
  session: HandshakeSession,
  data: OptionReader,
  replies: OptionReplies,
): Outcome {
  if (!data.isWellFormed) return invalid(replies);
  session.isStructured = true;
  replies.ack();
  return ANSWERED;
}

export function startTls(
  session: HandshakeSession,
  data: OptionReader,
  replies: OptionReplies,
): Outcome {
  // "If the server receives STARTTLS [in NOTLS mode] it MUST respond with ERR_POLICY (if it does
  // not support TLS for policy reasons)".
  if (session.tls === 'off') {
    replies.error(REP_ERR_POLICY, 'TLS is not configured');
    return ANSWERED;
  }
  if (!data.isWellFormed) return invalid(replies);
  // "If the server receives STARTTLS when TLS has already been negotiated, it MUST reply with
  // ERR_INVALID."
  if (session.isSecured) {
    replies.error(REP_ERR_INVALID, 'TLS is up already');
    return ANSWERED;
  }
  // "When this command succeeds, the server MUST NOT preserve any negotiation state."
  session.isStructured = false;
  session.contextName = null;
  replies.ack();
  return { kind: 'upgrade' };
}

function invalid(replies: OptionReplies): Outcome {
  replies.error(REP_ERR_INVALID, 'the option carries no data');
  return ANSWERED;
}
