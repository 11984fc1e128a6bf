// A checksum over the contents of a lease's pages that can be kept up while pages change: a sum over
// all slots of what mixes a slot's number with its page's CRC-32. Two lenders that keep it of what
// one has sent and the other has stored know at the end, without reading anything again, that they
// hold the same. It costs five bytes for each slot of a part of the lease that has pages.

const GROUP_SHIFT = 10;
const GROUP_SLOTS = 2 ** GROUP_SHIFT;
const GROUP_MASK = GROUP_SLOTS - 1;

interface Group {
  readonly checksums: Uint32Array;
  readonly isThere: Uint8Array;
}

export class PageDigest {
  /** Pages that are counted in. */
  pages = 0;
  #low = 0;
  #high = 0;
  readonly #groups = new Map<number, Group>();

  /** Counts the slot's page in, in place of the one that was there. */
  set(slot: number, checksum: number): void {
    const group = this.#group(slot);
    const index = slot & GROUP_MASK;
    if (group.isThere[index] === 1) this.#add(slot, group.checksums[index]!, -1);
    group.isThere[index] = 1;
    group.checksums[index] = checksum;
    this.#add(slot, checksum, 1);
  }

  /** Counts the slot's page out, if there is one. */
  clear(slot: number): void {
    const group = this.#groups.get(slot >>> GROUP_SHIFT);
    const index = slot & GROUP_MASK;
    if (group === undefined || group.isThere[index] === 0) return;
    group.isThere[index] = 0;
    this.#add(slot, group.checksums[index]!, -1);
  }

  /** Sixteen hexadecimal digits; sixteen zeroes of a lease without pages. */
  get text(): string {
    return hex(this.#high) + hex(this.#low);
  }

  #add(slot: number, checksum: number, by: 1 | -1): void {
    this.pages += by;
    this.#low = (this.#low + by * mix(slot, checksum, 0x85eb_ca6b)) >>> 0;
    this.#high = (this.#high + by * mix(slot, checksum, 0x27d4_eb2f)) >>> 0;
  }

  #group(slot: number): Group {
    const index = slot >>> GROUP_SHIFT;
    let group = this.#groups.get(index);
    if (group === undefined) {
      group = { checksums: new Uint32Array(GROUP_SLOTS), isThere: new Uint8Array(GROUP_SLOTS) };
      this.#groups.set(index, group);
    }
    return group;
  }
}

/** 32 bits in which every bit of both numbers has a part. */
function mix(slot: number, checksum: number, factor: number): number {
  let bits = Math.imul(slot + 1, factor) ^ checksum;
  bits = Math.imul(bits ^ (bits >>> 15), factor);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}
