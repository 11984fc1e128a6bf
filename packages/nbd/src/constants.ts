// The numbers of the protocol, under the names of its text without the prefix NBD_ (doc/proto.md of
// github.com/NetworkBlockDevice/nbd, "Values"), and this server's limits. Comments in quotation
// marks, here and beside the checks, are that text's own words.

// Handshake: magic numbers as two words of 32 bits each, flags, options, replies, information.

/** 'NBDMAGIC' */
export const INIT_MAGIC = [0x4e42444d, 0x41474943] as const;
/** 'IHAVEOPT' */
export const OPTION_MAGIC = [0x49484156, 0x454f5054] as const;
export const OPTION_REPLY_MAGIC = [0x0003e889, 0x045565a9] as const;

export const FLAG_FIXED_NEWSTYLE = 1 << 0;
export const FLAG_NO_ZEROES = 1 << 1;

export const OPT_EXPORT_NAME = 1;
export const OPT_ABORT = 2;
export const OPT_LIST = 3;
export const OPT_STARTTLS = 5;
export const OPT_INFO = 6;
export const OPT_GO = 7;
export const OPT_STRUCTURED_REPLY = 8;
export const OPT_LIST_META_CONTEXT = 9;
export const OPT_SET_META_CONTEXT = 10;

export const REP_ACK = 1;
export const REP_SERVER = 2;
export const REP_INFO = 3;
export const REP_META_CONTEXT = 4;
export const REP_ERR_UNSUP = 0x80000001;
export const REP_ERR_POLICY = 0x80000002;
export const REP_ERR_INVALID = 0x80000003;
export const REP_ERR_TLS_REQD = 0x80000005;
export const REP_ERR_UNKNOWN = 0x80000006;
export const REP_ERR_TOO_BIG = 0x80000009;

export const INFO_EXPORT = 0;
export const INFO_NAME = 1;
export const INFO_DESCRIPTION = 2;
export const INFO_BLOCK_SIZE = 3;

// Transmission.

export const REQUEST_MAGIC = 0x25609513;
export const SIMPLE_REPLY_MAGIC = 0x67446698;
export const STRUCTURED_REPLY_MAGIC = 0x668e33ef;

export const CMD_READ = 0;
export const CMD_WRITE = 1;
export const CMD_DISC = 2;
export const CMD_FLUSH = 3;
export const CMD_TRIM = 4;
export const CMD_CACHE = 5;
export const CMD_WRITE_ZEROES = 6;
export const CMD_BLOCK_STATUS = 7;

export const CMD_FLAG_FUA = 1 << 0;
export const CMD_FLAG_NO_HOLE = 1 << 1;
export const CMD_FLAG_DF = 1 << 2;
export const CMD_FLAG_REQ_ONE = 1 << 3;
export const CMD_FLAG_FAST_ZERO = 1 << 4;

export const REPLY_FLAG_DONE = 1 << 0;

export const REPLY_TYPE_NONE = 0;
export const REPLY_TYPE_OFFSET_DATA = 1;
export const REPLY_TYPE_OFFSET_HOLE = 2;
export const REPLY_TYPE_BLOCK_STATUS = 5;
export const REPLY_TYPE_ERROR = 0x8001;
export const REPLY_TYPE_ERROR_OFFSET = 0x8002;

/** The errors that a client may see; what a device returns is one of them. */
export const NBD_EPERM = 1;
export const NBD_EIO = 5;
export const NBD_ENOMEM = 12;
export const NBD_EINVAL = 22;
export const NBD_ENOSPC = 28;
export const NBD_EOVERFLOW = 75;
export const NBD_ENOTSUP = 95;
export const NBD_ESHUTDOWN = 108;

// Lengths of messages.

export const REQUEST_BYTES = 28;
export const SIMPLE_REPLY_BYTES = 16;
export const CHUNK_HEADER_BYTES = 20;
/** A chunk's header and the offset before its data. */
export const DATA_HEADER_BYTES = CHUNK_HEADER_BYTES + 8;
export const HOLE_CHUNK_BYTES = CHUNK_HEADER_BYTES + 12;
export const ERROR_CHUNK_BYTES = CHUNK_HEADER_BYTES + 6;
export const ERROR_OFFSET_CHUNK_BYTES = CHUNK_HEADER_BYTES + 14;

// Metadata contexts: there is one.

export const BASE_ALLOCATION = 'base:allocation';
export const BASE_ALLOCATION_ID = 1;

// Limits of this server.

/** "A string … MUST be no longer than 4096 bytes." */
export const STRING_BYTES_MAX = 4096;
/** Data of one option: four strings of full length. Longer ones get ERR_TOO_BIG. */
export const OPTION_DATA_BYTES_MAX = 4 * STRING_BYTES_MAX;
/** Data that is skipped for the sake of an answer; beyond it the session ends. */
export const OPTION_SKIP_BYTES_MAX = 2 ** 20;
/** Options of one session, so that a negotiation ends. */
export const OPTION_COUNT_MAX = 256;

/** The size constraints that clients are told: any alignment, pages for preference, 32 MiB. */
export const BLOCK_BYTES_MIN = 1;
export const BLOCK_BYTES_PREFERRED = 4096;
export const PAYLOAD_BYTES_MAX = 2 ** 25;

/** Least size of a connection's buffers: "unfragmented reads" of 65,536 bytes may be streamed. */
export const BUFFER_BYTES_MIN = 2 ** 16;
/** Slots that one call of `advance` may visit without input or output, about a millisecond. */
export const TURN_SLOTS_MAX = 2 ** 15;
/** How far ahead a device that waits is told what comes: requests behind the one, and pages. */
export const LOOK_AHEAD_REQUESTS = 16;
export const LOOK_AHEAD_SLOTS = 64;
/** Extents in one block status reply (8 bytes each); the text allows 2^20. */
export const EXTENT_COUNT_MAX = 2 ** 11;
