// CSV and Parquet: what is written must be read back as the rows it came from.

import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { renderCsv, writeParquet } from '../../src/output/index.ts';
import { madeUp } from './made-up.ts';

/** A plain reader of RFC 4180, letter by letter. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  let field = '';
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const letter = text[index]!;
    if (quoted) {
      if (letter !== '"') field += letter;
      else if (text[index + 1] === '"') field += text[++index]!;
      else quoted = false;
    } else if (letter === '"') quoted = true;
    else if (letter === ',' || letter === '\n') {
      rows.at(-1)!.push(field);
      field = '';
      if (letter === '\n') rows.push([]);
    } else field += letter;
  }
  return rows.slice(0, -1);
}

const awkward = madeUp({ traces: ['a,"b"\n c.plt'], bound: false, coldReads: 0 });

describe('renderCsv', () => {
  it('has the keys of a row in their order, and reads back', () => {
    for (const result of [madeUp(), awkward]) {
      const [header, ...lines] = parseCsv(renderCsv(result));
      expect(header).toEqual(Object.keys(result.rows[0]!));
      expect(lines).toEqual(
        result.rows.map((row) =>
          Object.values(row).map((value: string | number | null) => String(value ?? '')),
        ),
      );
    }
  });

  it('is a header alone for no rows', () => {
    expect(renderCsv({ ...madeUp(), rows: [] }).split('\n')).toHaveLength(2);
  });
});

describe('writeParquet', () => {
  it('reads back exactly, with counts past 2^31 and with nulls', async () => {
    const beyond = 2 ** 40 + 1;
    const rows = awkward.rows.map((row) => ({ ...row, references: beyond, medium: 'slc' }));
    const result = { ...awkward, rows: [...madeUp().rows, ...rows] };
    const read = await parquetReadObjects({ file: bufferOf(await writeParquet(result)) });
    const plain = read.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([key, value]) => [
          key,
          typeof value === 'bigint' ? Number(value) : (value ?? null),
        ]),
      ),
    );
    expect(plain).toEqual(result.rows);
    expect(read.at(-1)!.references).toBe(BigInt(beyond));
  });

  it('carries schema and version, types, and the same bytes each time', async () => {
    const bytes = await writeParquet(madeUp());
    const metadata = parquetMetadata(bufferOf(bytes));
    const pairs = metadata.key_value_metadata?.map(({ key, value }) => [key, value]) ?? [];
    expect(Object.fromEntries(pairs)).toMatchObject({
      schema: 'pagelend.sim/1',
      version: '0.1.0',
      cold_read: 'all',
    });
    const types = new Map(metadata.schema.map(({ name, type }) => [name, type]));
    expect(types.get('reads')).toBe('INT64');
    expect(types.get('io_time')).toBe('DOUBLE');
    const optional = metadata.schema.filter(
      ({ repetition_type }) => repetition_type === 'OPTIONAL',
    );
    expect(optional).toHaveLength(6);
    expect(await writeParquet(madeUp())).toEqual(bytes);
  });

  it('can be written without rows', async () => {
    const bytes = await writeParquet({ ...madeUp(), rows: [] });
    expect(await parquetReadObjects({ file: bufferOf(bytes) })).toEqual([]);
  });
});

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return bytes.slice().buffer as ArrayBuffer;
}
