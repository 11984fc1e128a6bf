// Every block of every shipped recording decodes, and holds as many references, writes and pages as
// recordings/README.md says.

import { openTrace } from '@pagelend/trace';
import { expect, test } from 'vitest';
import { pathOf, percent, readTables, recordingNames } from './recordings.ts';

const rows = readTables();

test.each(recordingNames)('%s decodes to what its row says', async (name) => {
  const reader = await openTrace(pathOf(name));
  let references = 0;
  let writes = 0;
  let pageLast = -1;
  for await (const block of reader.blocks()) {
    references += block.length;
    for (const packed of block) {
      writes += packed & 1;
      if (packed >>> 1 > pageLast) pageLast = packed >>> 1;
    }
  }
  const distinct = new Set(reader.pageNumbers).size;
  await reader.close();
  // Dense ids count up from 0 without a gap, and no page has two.
  expect(distinct).toBe(pageLast + 1);
  const { references: expected, pages, writesPercent } = rows.get(name)!;
  expect({ references, pages: distinct }).toEqual({ references: expected, pages });
  expect(percent(writes, references)).toBe(writesPercent);
});
