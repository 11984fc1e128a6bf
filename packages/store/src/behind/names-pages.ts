// Whether a pool's slots name pages in a tier, found before the pool is opened: a tier that holds any
// must be there, and one that holds none may be begun anew.

import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { isBehind } from '../entry.ts';
import { MAY_NAME_BEHIND, readTableHead, SLOTS_AT, tablePath } from '../slot-table.ts';

const CHUNK_BYTES = 2 ** 20;

export function namesPagesBehind(directory: string, ids: readonly string[]): boolean {
  return ids.some((id) => {
    const path = tablePath(directory, id);
    return existsSync(path) && tableNamesPages(path);
  });
}

function tableNamesPages(path: string): boolean {
  const fd = openSync(path, 'r');
  try {
    if (readTableHead(path, fd).version !== MAY_NAME_BEHIND) return false;
    const chunk = new Int32Array(CHUNK_BYTES / Int32Array.BYTES_PER_ELEMENT);
    for (let at = SLOTS_AT; ; at += CHUNK_BYTES) {
      const bytes = readSync(fd, chunk, 0, CHUNK_BYTES, at);
      if (bytes <= 0) return false;
      if (chunk.subarray(0, bytes >> 2).some(isBehind)) return true;
    }
  } finally {
    closeSync(fd);
  }
}
