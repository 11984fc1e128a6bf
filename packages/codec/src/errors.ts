// Failures of this room: what is not a stream of one page, and libraries that refuse.

/** Stable codes and what each means; the reference page of errors is made from this table. */
export const codecErrors = {
  CODEC_DAMAGED: 'the bytes are not a sound compressed stream of exactly one page',
  CODEC_PAGE: 'what is to be compressed is not one page of 4096 bytes',
  CODEC_LIBRARY: 'a compression library of this machine refused to work',
} as const;

export class CodecError extends Error {
  readonly code: keyof typeof codecErrors;

  constructor(code: keyof typeof codecErrors, message: string) {
    super(message);
    this.name = 'CodecError';
    this.code = code;
  }
}
