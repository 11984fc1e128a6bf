// Each shipped recording says of itself what recordings/README.md says of it. This reads headers and
// trailers; recordings.long.test.ts decodes every reference.

import { openTrace } from '@pagelend/trace';
import { expect, test } from 'vitest';
import { bytesOf, pathOf, percent, readTables, recordingNames } from './recordings.ts';

const rows = readTables();

test('the tables have one row for each recording', () => {
  expect(recordingNames.length).toBeGreaterThan(0);
  expect([...rows.keys()].sort()).toEqual(recordingNames);
});

test.each(recordingNames)('%s is what its row says', async (name) => {
  const reader = await openTrace(pathOf(name));
  const { summary, header } = reader;
  await reader.close();
  const { references, writes, pages } = summary!;
  const { command } = header.provenance;
  const writesPercent = percent(writes, references);
  expect({ command, references, pages, writesPercent, bytes: bytesOf(name) }).toEqual(
    rows.get(name),
  );
});

test.each(recordingNames)('%s keeps no path of the machine that made it', async (name) => {
  const reader = await openTrace(pathOf(name));
  await reader.close();
  expect(JSON.stringify(reader.header.provenance)).not.toMatch(/(^|[^\w.])\/\w/);
});
