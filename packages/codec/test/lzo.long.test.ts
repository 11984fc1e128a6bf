// Minutes of damage: the fast decoder beside its twin on a hundred times the streams of the property
// tests, with seeds of their own. A failure names the seed.

import { expect, test } from 'vitest';
import { realPages } from './support/pages.ts';
import { type Random, seededRandom } from './support/random.ts';
import { Workplace } from './support/workplace.ts';
import { twinDecompress } from './twins/lzo-decoder.ts';
import { arbitraryStream } from './twins/lzo-streams.ts';

const STREAMS = 200_000;
const MINUTES_MAX = 10;

const workplace = new Workplace();
const pages = realPages(2000);

test(
  `${STREAMS} damaged streams`,
  () => {
    for (let seed = 0; seed < STREAMS; seed++) {
      const random = seededRandom(seed ^ 0x5eed);
      const stream = damaged(
        random(2) === 0
          ? arbitraryStream(random)
          : workplace.compress(pages[random(pages.length)]!),
        random,
      );
      const expected = twinDecompress(stream);
      const found = workplace.decompress(stream, random(2) === 0);
      const isSame =
        expected === null || found === null
          ? expected === found
          : Buffer.compare(expected, found) === 0;
      expect(isSame, `seed ${seed}`).toBe(true);
    }
  },
  MINUTES_MAX * 60_000,
);

function damaged(stream: Uint8Array, random: Random): Uint8Array {
  const changes = random(4);
  const bytes = Uint8Array.from(stream);
  for (let i = 0; i < changes; i++) bytes[random(bytes.length)] = random(256);
  if (random(4) > 0) return bytes;
  const from = random(bytes.length);
  const rest = bytes.subarray(random(bytes.length));
  return Uint8Array.from([...bytes.subarray(0, from), ...rest]);
}
