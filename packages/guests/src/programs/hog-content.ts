// What the hog's pages hold, as programs/hog.c fills them: slow and obvious, to hold the program
// against, and for whoever has a hog's page outside its guest.

const PAGE_WORDS = 512;
const golden = 0x9e3779b97f4a7c15n;

export interface HogContent {
  readonly seed: bigint;
  /** The share of each page that repeats one word, 0 to 100; the rest does not compress. */
  readonly compressiblePercent: number;
  /** `mixed`: pages differ in their share, with the same mean. Default `even`. */
  readonly pattern?: 'even' | 'mixed';
  /** The share of pages that are zero. Default 0. */
  readonly zeroPercent?: number;
}

/** The 4096 bytes of a page after `generation` changes. */
export function hogPage(content: HogContent, page: number, generation: number): Buffer {
  const key = mix(mix(content.seed ^ mix(BigInt(page) + 1n)) + BigInt(generation + 1) * golden);
  const bytes = Buffer.alloc(PAGE_WORDS * 8);
  if (Number((key >> 32n) % 100n) < (content.zeroPercent ?? 0)) return bytes;
  const repeatedCount = Math.floor((shareOf(content, key) * PAGE_WORDS + 50) / 100);
  const repeated = mix(~key);
  for (let word = 0; word < PAGE_WORDS; word++) {
    const value = word < repeatedCount ? repeated : mix(key + BigInt(word + 1) * golden);
    bytes.writeBigUInt64LE(value, word * 8);
  }
  return bytes;
}

function shareOf({ compressiblePercent: share, pattern }: HogContent, key: bigint): number {
  if (pattern !== 'mixed') return share;
  const spread = Math.min(share, 100 - share);
  return share - spread + Number((key >> 40n) % BigInt(2 * spread + 1));
}

/** The finisher of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). */
function mix(value: bigint): bigint {
  let x = BigInt.asUintN(64, value);
  x = BigInt.asUintN(64, (x ^ (x >> 30n)) * 0xbf58476d1ce4e5b9n);
  x = BigInt.asUintN(64, (x ^ (x >> 27n)) * 0x94d049bb133111ebn);
  return x ^ (x >> 31n);
}
