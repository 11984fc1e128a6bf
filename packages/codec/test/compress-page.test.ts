// The two functions for callers without a shared memory.

import { CodecError, codecErrors, compressPage, decompressPage } from '@pagelend/codec';
import { expect, test } from 'vitest';
import { madePages } from './support/pages.ts';

function codeOf(act: () => unknown): string | undefined {
  try {
    act();
  } catch (error) {
    if (error instanceof CodecError) return error.code;
  }
  return undefined;
}

test('a page comes back, and results are the caller’s own', () => {
  const [first, second] = [madePages()[5]!, madePages()[9]!];
  const streams = [compressPage(first), compressPage(second)];
  const pages = streams.map((stream) => decompressPage(stream));
  expect(Buffer.compare(pages[0]!, first)).toBe(0);
  expect(Buffer.compare(pages[1]!, second)).toBe(0);
  expect(streams[0]!.buffer).not.toBe(streams[1]!.buffer);
});

test('what is not a page is refused', () => {
  expect(codeOf(() => compressPage(new Uint8Array(4095)))).toBe('CODEC_PAGE');
});

test('what is not a stream of a page is refused, with a code and no more than a line', () => {
  const sound = compressPage(madePages()[5]!);
  for (const stream of [
    new Uint8Array(0),
    new Uint8Array(100_000),
    sound.subarray(0, -1),
    Uint8Array.from([...sound, 0]),
    Uint8Array.from([0x11, 0, 0]),
  ]) {
    expect(codeOf(() => decompressPage(stream))).toBe('CODEC_DAMAGED');
  }
  expect(Object.values(codecErrors).every((says) => !says.includes('\n'))).toBe(true);
});
