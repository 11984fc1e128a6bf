// Both ways with liblzo2: it reads what we write, we read what its compressors write, and both refuse
// the same streams.

import { describe, expect, test } from 'vitest';
import { loadLiblzo2 } from './support/liblzo2.ts';
import { madePages, realPages } from './support/pages.ts';
import { seededRandom } from './support/random.ts';
import { Workplace } from './support/workplace.ts';
import { arbitraryStream } from './twins/lzo-streams.ts';

const liblzo2 = loadLiblzo2();
const reason = liblzo2 === null ? ' (skipped: apt-get install -y liblzo2-2)' : '';

describe.skipIf(liblzo2 === null)(`liblzo2${reason}`, () => {
  const workplace = new Workplace();
  const pages = [...madePages(), ...realPages(1000)];

  test('reads our streams', () => {
    for (const page of pages) {
      expect(Buffer.compare(liblzo2!.decompress(workplace.compress(page))!, page)).toBe(0);
    }
  });

  test.each([...(liblzo2?.compressors.keys() ?? [])])('is read: %s', (name) => {
    const compress = liblzo2!.compressors.get(name)!;
    for (const page of pages) {
      const stream = compress(page);
      expect(Buffer.compare(workplace.decompress(stream)!, page)).toBe(0);
      expect(Buffer.compare(workplace.decompress(stream, true)!, page)).toBe(0);
    }
  });

  test('is not denser on real pages than we are', () => {
    const compress = liblzo2!.compressors.get('lzo1x_1')!;
    const sum = (lengths: number[]) => lengths.reduce((a, b) => a + b, 0);
    const real = realPages(1000);
    const own = sum(real.map((page) => workplace.compress(page).length));
    expect(own).toBeLessThan(sum(real.map((page) => compress(page).length)));
  });

  test('accepts whatever we accept, with the same bytes', () => {
    let accepted = 0;
    for (let seed = 0; seed < 2000; seed++) {
      const random = seededRandom(seed);
      const stream = arbitraryStream(random);
      if (seed % 2 === 1) stream[random(stream.length)] = random(256);
      const found = workplace.decompress(stream);
      if (found === null) continue;
      accepted++;
      expect(Buffer.compare(liblzo2!.decompress(stream)!, found)).toBe(0);
    }
    expect(accepted).toBeGreaterThan(1000);
  });
});
