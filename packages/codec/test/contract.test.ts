// What every codec promises, held by all three.

import { COMPRESSED_BYTES_MAX, type CodecName, codecIds } from '@pagelend/codec';
import { describe, expect, test } from 'vitest';
import { madePages, realPages } from './support/pages.ts';
import { Workplace } from './support/workplace.ts';

const pages = [...madePages(), ...realPages(600)];

/** A codec whose library is missing is skipped, and says so; our own is never. */
function open(name: CodecName): Workplace | null {
  try {
    return new Workplace(name);
  } catch (error) {
    if (name === 'lzo') throw error;
    return null;
  }
}

describe.each(Object.keys(codecIds) as CodecName[])('%s', (name) => {
  const workplace = open(name);
  if (workplace === null) {
    test.skip(`the library of ${name} is not installed`, () => {});
    return;
  }

  test('tells its name', () => {
    expect(workplace.codec.name).toBe(name);
  });

  test('gives back every page, touches nothing else, stays within its room', () => {
    expect(pages.length).toBeGreaterThan(madePages().length + 50);
    for (const page of pages) {
      const stream = workplace.compress(page);
      expect(stream.length).toBeLessThanOrEqual(COMPRESSED_BYTES_MAX);
      expect(Buffer.compare(workplace.decompress(stream)!, page)).toBe(0);
      expect(Buffer.compare(workplace.decompress(stream, true)!, page)).toBe(0);
    }
  });

  test('makes the same stream of the same page, whatever came before', () => {
    const other = open(name)!;
    for (const page of pages.toReversed()) other.compress(page);
    for (const page of pages.slice(0, 100)) {
      expect(Buffer.compare(workplace.compress(page), other.compress(page))).toBe(0);
    }
  });

  test('refuses a stream that ends early, at any byte', () => {
    const stream = workplace.compress(pages.at(-1)!);
    for (let bytes = 0; bytes < stream.length; bytes++) {
      expect(workplace.decompress(stream.subarray(0, bytes))).toBeNull();
      expect(workplace.decompress(stream.subarray(0, bytes), true)).toBeNull();
    }
  });

  test('survives damage', () => {
    for (const page of pages.slice(-20)) {
      const stream = workplace.compress(page);
      for (let at = 0; at < stream.length; at += 7) {
        const damaged = Uint8Array.from(stream);
        damaged[at] = damaged[at]! ^ (1 << (at % 8));
        // Whether it is noticed is not promised; that nothing else is touched is.
        workplace.decompress(damaged);
      }
    }
  });
});
