// The fast decoder beside its twin: on pages, on streams of every instruction, on damage.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { madePages } from './support/pages.ts';
import { seededRandom } from './support/random.ts';
import { Workplace } from './support/workplace.ts';
import { twinDecompress } from './twins/lzo-decoder.ts';
import { arbitraryStream } from './twins/lzo-streams.ts';

const workplace = new Workplace();

/** Accepts and gives what the twin does, wherever stream and page lie. */
function expectAgreement(stream: Uint8Array): void {
  const expected = twinDecompress(stream);
  for (const isTargetAtEnd of [false, true]) {
    const found = workplace.decompress(stream, isTargetAtEnd);
    if (expected === null) expect(found).toBeNull();
    else expect(found !== null && Buffer.compare(found, expected) === 0).toBe(true);
  }
}

/** Pages in pieces: noise, runs, and repeats of what stands before. */
const pieces = fc.array(
  fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 40 }),
    fc.tuple(fc.nat(255), fc.integer({ min: 1, max: 400 })),
    fc.record({
      back: fc.integer({ min: 1, max: 4095 }),
      length: fc.integer({ min: 2, max: 300 }),
    }),
  ),
  { minLength: 1, maxLength: 200 },
);

function pageOf(parts: typeof pieces extends fc.Arbitrary<infer P> ? P : never): Uint8Array {
  const page = new Uint8Array(4096);
  let at = 0;
  for (let i = 0; at < page.length; i++) {
    const part = parts[i % parts.length]!;
    if (part instanceof Uint8Array) {
      for (const byte of part) page[at++] = byte;
    } else if (Array.isArray(part)) {
      page.fill(part[0], at, at + part[1]);
      at += part[1];
    } else {
      for (let n = 0; n < part.length; n++) page[at] = page[Math.max(0, at++ - part.back)]!;
    }
  }
  return page;
}

describe('compressor', () => {
  test('writes what the twin reads', () => {
    for (const page of madePages()) {
      expect(Buffer.compare(twinDecompress(workplace.compress(page))!, page)).toBe(0);
    }
    fc.assert(
      fc.property(pieces, (parts) => {
        const page = pageOf(parts);
        const stream = workplace.compress(page);
        expect(Buffer.compare(twinDecompress(stream)!, page)).toBe(0);
        expectAgreement(stream);
      }),
      { numRuns: 200, seed: 1 },
    );
  });
});

describe('decoder', () => {
  test('reads every instruction as the twin does', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const stream = arbitraryStream(seededRandom(seed));
        expect(twinDecompress(stream)).not.toBeNull();
        expectAgreement(stream);
      }),
      { numRuns: 800, seed: 2 },
    );
  });

  test('refuses what the twin refuses: damaged bytes', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 4 }), (seed, changes) => {
        const random = seededRandom(seed);
        const stream = arbitraryStream(random);
        for (let i = 0; i < changes; i++) stream[random(stream.length)] = random(256);
        expectAgreement(stream);
      }),
      { numRuns: 1200, seed: 3 },
    );
  });

  test('refuses what the twin refuses: bytes lost, doubled and put in', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = seededRandom(seed);
        const stream = [...arbitraryStream(random)];
        const at = random(stream.length);
        const kind = random(3);
        if (kind === 0) stream.splice(at, 1 + random(4));
        else if (kind === 1) stream.splice(at, 0, ...stream.slice(at, at + random(40)));
        else stream.splice(at, 0, ...Array(1 + random(20)).fill(0));
        expectAgreement(Uint8Array.from(stream));
      }),
      { numRuns: 800, seed: 4 },
    );
  });

  test('agrees on any bytes before an end marker', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expectAgreement(bytes);
        expectAgreement(Uint8Array.from([...bytes, 0x11, 0, 0]));
      }),
      { numRuns: 1000, seed: 5 },
    );
  });
});
