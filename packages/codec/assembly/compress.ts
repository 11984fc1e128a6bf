// LZO1X compression of one page in one pass: at each turn, the longest match that begins at one of
// the next four bytes. The four are looked up together because a processor overlaps look-ups well
// and guesses badly where the next match begins; all slots are read before any is written, because
// a read that follows a write to the same slot stalls. Positions inside of a match are not noted:
// noting one saves 0.8 % of the bytes for 3 % of the time.
//
// The stream is LZO1X as liblzo2 reads it, without the extension for runs (lzo-rle).

import {
  COMPARED_BYTES,
  candidate,
  equalBytesBefore,
  LENGTH_SHIFT,
  longSlot,
  matchEnd,
  POSITION_MASK,
  RANK_SHIFT,
  shortSlot,
  WORTHWHILE,
} from './candidates';
import { PAGE_BYTES, TABLES_BYTES } from './layout';
import {
  writeEnd,
  writeFirstLiterals,
  writeLastLiterals,
  writeLiterals,
  writeMatch,
} from './write';

/** From here to the page's end, no match begins: four look-ups compare 16 bytes each. */
const LAST_BYTES: u32 = 20;

/** Compresses the page at `source` to `target`; returns the count of bytes. */
export function compress(source: u32, target: u32, tables: u32): u32 {
  memory.fill(tables, 0, TABLES_BYTES);
  const end = source + PAGE_BYTES;
  let to = target;
  let literals = source;
  let at = source + 1;
  while (end - at > LAST_BYTES) {
    const short0 = shortSlot(at, tables);
    const long0 = longSlot(at, tables);
    const short1 = shortSlot(at + 1, tables);
    const short2 = shortSlot(at + 2, tables);
    const long2 = longSlot(at + 2, tables);
    const short3 = shortSlot(at + 3, tables);
    const a: u32 = load<u16>(short0);
    const b: u32 = load<u16>(short1);
    const c: u32 = load<u16>(short2);
    const d: u32 = load<u16>(short3);
    const e: u32 = load<u16>(long0);
    const f: u32 = load<u16>(long2);
    const position = at - source;
    store<u16>(short0, position);
    store<u16>(short1, position + 1);
    store<u16>(short2, position + 2);
    store<u16>(short3, position + 3);
    store<u16>(long0, position);
    store<u16>(long2, position + 2);
    const best = max(
      max(
        max(candidate(at, source, a, 3), candidate(at + 1, source, b, 2)),
        max(candidate(at + 2, source, c, 1), candidate(at + 3, source, d, 0)),
      ),
      max(candidate(at, source, e, 3), candidate(at + 2, source, f, 1)),
    );
    if (best < WORTHWHILE) {
      // The longer nothing matches, the less is looked up. Addresses must not pass 4 GiB.
      at += min<u32>(4 + ((at - literals) >> 3), end - LAST_BYTES - at);
      continue;
    }
    const match = source + (best & POSITION_MASK);
    let start = at + 3 - ((best >> RANK_SHIFT) & 3);
    const distance = start - match;
    const length = best >> LENGTH_SHIFT;
    at = start + length;
    if (length === COMPARED_BYTES) at = matchEnd(at, distance, end);
    if (match - source >= 4) start -= min<u32>(equalBytesBefore(start, match), start - literals);
    to =
      to === target
        ? writeFirstLiterals(to, literals, start - literals)
        : writeLiterals(to, literals, start - literals);
    to = writeMatch(to, distance, at - start);
    literals = at;
  }
  to = writeLastLiterals(to, literals, end - literals, to === target);
  return writeEnd(to) - target;
}
