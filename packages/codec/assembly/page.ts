// What works on whole pages without compressing them.

import { PAGE_BYTES } from './layout';

/** Whether the page repeats its first 64-bit word. */
export function isSameFilled(source: u32): bool {
  const word = v128.load64_splat(source);
  // Four blocks a turn: most pages differ in the first, the same-filled ones are read through.
  for (let at = source, end = source + PAGE_BYTES; at !== end; at += 64) {
    const a = v128.xor(v128.load(at), word);
    const b = v128.xor(v128.load(at, 16), word);
    const c = v128.xor(v128.load(at, 32), word);
    const d = v128.xor(v128.load(at, 48), word);
    if (v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) return false;
  }
  return true;
}

/** Fills the page with the 64-bit word at `word`. */
export function fillPage(word: u32, target: u32): void {
  const block = v128.load64_splat(word);
  for (let at = target, end = target + PAGE_BYTES; at !== end; at += 64) {
    v128.store(at, block);
    v128.store(at, block, 16);
    v128.store(at, block, 32);
    v128.store(at, block, 48);
  }
}

export function copy(source: u32, target: u32, bytes: u32): void {
  memory.copy(target, source, bytes);
}
