// The module itself: it must leave the memory alone but for the addresses it is given, and link with
// every memory that a host may make.

import { createCodec, createKernels, PAGE_BYTES, SCRATCH_BYTES } from '@pagelend/codec';
import { describe, expect, test } from 'vitest';
import { kernelsBase64 } from '../src/generated/kernels.ts';
import { instantiateKernels } from '../src/kernels.ts';

const binary = Buffer.from(kernelsBase64, 'base64');

const SECTION_START = 8;
const SECTION_DATA = 11;

/** The ids of the module's sections: an id byte and a length in LEB128 before each. */
function sectionIds(): number[] {
  const ids: number[] = [];
  let at = 8;
  while (at < binary.length) {
    ids.push(binary[at++]!);
    let bytes = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = binary[at++]!;
      bytes |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    at += bytes;
  }
  return ids;
}

describe('the module', () => {
  test('has no data and no start function', () => {
    expect(sectionIds()).not.toContain(SECTION_DATA);
    expect(sectionIds()).not.toContain(SECTION_START);
  });

  test('imports nothing but the memory', () => {
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(binary));
    expect(imports).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }]);
  });

  test('needs as much scratch memory as the host is told', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    expect(instantiateKernels(memory).scratchBytes()).toBe(SCRATCH_BYTES);
  });

  test.each([1, 16, 1024, 65_536])('links with a memory of %i blocks, up to its end', (blocks) => {
    const memory = new WebAssembly.Memory({ initial: blocks, maximum: blocks, shared: true });
    const bytes = new Uint8Array(memory.buffer);
    expect(bytes.subarray(0, 65_536).every((byte) => byte === 0)).toBe(true);
    const codec = createCodec('lzo', memory, 8);
    const kernels = createKernels(memory);
    const last = blocks * 65_536 - PAGE_BYTES;
    const pages = [
      Uint8Array.from({ length: PAGE_BYTES }, (_, i) => (i * i) >> 4),
      Uint8Array.from({ length: PAGE_BYTES }, (_, i) => (i * 2654435761) >>> 13),
      new Uint8Array(PAGE_BYTES),
    ];
    for (const page of pages) {
      bytes.set(page, last);
      const length = codec.compress(last, 32_768);
      bytes.fill(1, last);
      expect(codec.decompress(32_768, length, last)).toBe(true);
      expect(Buffer.compare(bytes.subarray(last), page)).toBe(0);
      // And the stream at the end.
      bytes.copyWithin(bytes.length - length, 32_768, 32_768 + length);
      expect(codec.decompress(bytes.length - length, length, 32_768)).toBe(true);
      expect(Buffer.compare(bytes.subarray(32_768, 32_768 + PAGE_BYTES), page)).toBe(0);
      for (let cut = 1; cut < length; cut++) {
        // Ends of 4 GiB must not wrap: what is left of the stream begins with the wrong instruction.
        const isSound = codec.decompress(bytes.length - length + cut, length - cut, 32_768);
        expect(isSound).toBe(false);
      }
      bytes.fill(9, last);
      kernels.copy(last, 32_768, PAGE_BYTES);
      expect(kernels.isSameFilled(last)).toBe(true);
      kernels.fillPage(32_768 + 3, last);
      expect(bytes[last + PAGE_BYTES - 1]).toBe(9);
    }
  });
});

describe('page kernels', () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const bytes = new Uint8Array(memory.buffer);
  const kernels = createKernels(memory);

  test('a page is same-filled where it repeats its first eight bytes', () => {
    const word = [1, 2, 3, 4, 5, 6, 7, 8];
    bytes.fill(0);
    bytes.set(word, 100);
    kernels.fillPage(100, 8192);
    for (let i = 0; i < PAGE_BYTES; i++) expect(bytes[8192 + i]).toBe(word[i % 8]);
    expect(bytes[8191]).toBe(0);
    expect(bytes[8192 + PAGE_BYTES]).toBe(0);
    expect(kernels.isSameFilled(8192)).toBe(true);
    for (let i = 0; i < PAGE_BYTES; i++) {
      bytes[8192 + i]! ^= 128;
      expect(kernels.isSameFilled(8192)).toBe(false);
      bytes[8192 + i]! ^= 128;
    }
  });

  test('copies exactly', () => {
    for (const length of [0, 1, 15, 16, 17, 4096]) {
      bytes.fill(0);
      bytes.fill(3, 100, 100 + length);
      kernels.copy(100, 20_000, length);
      expect(bytes.indexOf(3, 20_000)).toBe(length === 0 ? -1 : 20_000);
      expect(bytes.lastIndexOf(3)).toBe(length === 0 ? -1 : 20_000 + length - 1);
    }
  });
});
