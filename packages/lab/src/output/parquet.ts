// Rows as a Parquet file. Counts are INT64, because a trace has more than 2^31 references soon and
// a reader that sums a column should not meet floats; costs and times may have decimals, hence
// DOUBLE.

import type { ColumnSource } from 'hyparquet-writer';
import type { SimResult, SimRow } from '../result.ts';
import { type Column, columns } from './columns.ts';

const parquetTypes = { text: 'STRING', count: 'INT64', real: 'DOUBLE' } as const;

export async function writeParquet(result: SimResult): Promise<Uint8Array> {
  // Loaded here, because few commands need it and all of them would wait for it.
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const buffer = parquetWriteBuffer({
    columnData: columns.map((column) => source(column, result.rows)),
    kvMetadata: [
      { key: 'schema', value: result.schema },
      { key: 'version', value: result.version },
      { key: 'cold_read', value: result.cold_read },
      { key: 'warmup_references', value: JSON.stringify(result.warmup_references) },
      { key: 'traces', value: JSON.stringify(result.traces) },
    ],
    createdBy: `pagelend ${result.version}`,
  });
  return new Uint8Array(buffer);
}

function source({ key, type, nullable }: Column, rows: readonly SimRow[]): ColumnSource {
  const data = rows.map((row) => {
    const value = row[key];
    return type === 'count' && value !== null ? BigInt(value) : value;
  });
  return { name: key, type: parquetTypes[type], nullable, data };
}
