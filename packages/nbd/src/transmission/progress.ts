// What a connection waits for. Small integers, because they are returned for every request.

/** More bytes of the client are needed. */
export const WANTS_INPUT = 0;
/** The output region is full: bytes must go before anything else can be done. */
export const WANTS_OUTPUT = 1;
/** The session is over: send what is pending, then close. */
export const ENDED = 2;
/** There is more to do without any input or output, but other connections should have a turn. */
export const WANTS_TURN = 3;

/** Of a request: it is answered. */
export const FINISHED = 4;
/** A page of the device is not there yet: the host knows when it is, and calls again then. */
export const WANTS_DEVICE = 6;
/** The host holds the session: no request is begun until it lets go. */
export const HELD = 5;

export type Wants =
  | typeof WANTS_INPUT
  | typeof WANTS_OUTPUT
  | typeof ENDED
  | typeof WANTS_TURN
  | typeof WANTS_DEVICE
  | typeof HELD;

export type Progress = Wants | typeof FINISHED;
