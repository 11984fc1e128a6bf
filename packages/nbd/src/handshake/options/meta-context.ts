// LIST_META_CONTEXT and SET_META_CONTEXT. There is one context, base:allocation; it is bound to the
// name of the export with which it was selected.

import {
  BASE_ALLOCATION,
  BASE_ALLOCATION_ID,
  OPT_SET_META_CONTEXT,
  REP_ERR_INVALID,
  REP_ERR_UNKNOWN,
  REP_META_CONTEXT,
} from '../../constants.ts';
import type { OptionReader } from '../option-reader.ts';
import { concat, type OptionReplies, string, u32 } from '../option-replies.ts';
import { ANSWERED, type HandshakeSession, type Outcome } from '../session.ts';

/** "`base:` … MUST support this as a wildcard during LIST_META_CONTEXT." */
const BASE_WILDCARD = 'base:';

export function metaContext(
  session: HandshakeSession,
  data: OptionReader,
  replies: OptionReplies,
): Outcome {
  const isSet = replies.option === OPT_SET_META_CONTEXT;
  // "Issuing this command replaces all previously-set metadata contexts (including when this
  // command fails)."
  if (isSet) session.contextName = null;
  const name = data.string(data.u32());
  const queries = readQueries(data);
  if (!data.isWellFormed) {
    // "If the option request is syntactically invalid …, the server MUST fail the request with
    // ERR_INVALID."
    replies.error(REP_ERR_INVALID, 'the lengths inside the option do not add up');
  } else if (!session.isStructured) {
    // "MUST NOT be requested unless structured replies have been negotiated first. If a client
    // attempts to do so, a server SHOULD send ERR_INVALID."
    replies.error(REP_ERR_INVALID, 'negotiate structured replies first');
  } else if (session.exports.find(name) === undefined) {
    replies.error(REP_ERR_UNKNOWN, 'no such export');
  } else {
    const isMatched = isSet ? selects(queries) : lists(queries);
    // "The metadata context ID in these replies [of LIST] is reserved and SHOULD be set to zero."
    const id = isSet ? BASE_ALLOCATION_ID : 0;
    if (isMatched) replies.reply(REP_META_CONTEXT, concat([u32(id), string(BASE_ALLOCATION)]));
    replies.ack();
    if (isSet && isMatched) session.contextName = name;
  }
  return ANSWERED;
}

function readQueries(data: OptionReader): readonly string[] {
  const queries: string[] = [];
  const count = data.u32();
  for (let index = 0; index < count && !data.hasFailed; index++) {
    queries.push(data.string(data.u32()));
  }
  return queries;
}

/** "If zero queries are sent, then the server MUST return all the metadata contexts." */
function lists(queries: readonly string[]): boolean {
  return queries.length === 0 || queries.includes(BASE_WILDCARD) || selects(queries);
}

/**
 * "If zero queries are sent, the server MUST select no metadata contexts"; "`base:` - the server
 * MUST ignore this form during SET_META_CONTEXT"; "the server MUST ignore query strings belonging
 * to an unknown namespace", and unknown leaf names of this one.
 */
function selects(queries: readonly string[]): boolean {
  return queries.includes(BASE_ALLOCATION);
}
