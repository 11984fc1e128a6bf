// Which columns of a CSV file mean what: by name in a header line, or by 1-based number.
import { TraceError } from '../errors.ts';

/** A column by its name in the header or by its 1-based number. */
export type CsvColumn = string | number;

export interface CsvOptions {
  /** Column with page numbers; `page` unless `address` is given. */
  readonly page?: CsvColumn;
  /** Column with byte addresses, divided by the page size. Excludes `page`. */
  readonly address?: CsvColumn;
  /** Column with `r`, `w`, `read` or `write`; `op` unless given. `null`: every reference reads. */
  readonly op?: CsvColumn | null;
  /** Column with the size of the access in bytes; only with `address`. */
  readonly size?: CsvColumn;
  /** One character; `,` unless given. */
  readonly delimiter?: string;
  /** Whether the first line names the columns; true unless given. */
  readonly hasHeader?: boolean;
}

/** 0-based columns; -1 for absent ones. */
export interface CsvLayout {
  readonly place: number;
  readonly isAddress: boolean;
  readonly op: number;
  readonly size: number;
  readonly delimiter: number;
  readonly hasHeader: boolean;
  /** Columns that a line needs at least. */
  readonly columns: number;
}

const COLUMNS_MAX = 1024;

/** Resolves the columns; `header` holds the names in the file, null if it has none. */
export function csvLayout(
  options: CsvOptions,
  header: readonly string[] | null,
  file: string,
): CsvLayout {
  if (options.page !== undefined && options.address !== undefined) {
    throw optionError('both a page and an address column are named', 'one of the two');
  }
  if (options.size !== undefined && options.address === undefined) {
    throw optionError('a size column is named without an address column', 'both');
  }
  const find = (column: CsvColumn): number => {
    const number = typeof column === 'number' ? column : header === null ? Number(column) : 0;
    if (Number.isInteger(number) && number >= 1 && number <= COLUMNS_MAX) return number - 1;
    if (header === null || typeof column === 'number') {
      const expected = `a column number from 1 to ${COLUMNS_MAX}`;
      throw optionError(`column "${column}" in a file without a header`, expected);
    }
    const wanted = column.trim().toLowerCase();
    const index = header.findIndex((name) => name.trim().toLowerCase() === wanted);
    if (index >= 0) return index;
    throw new TraceError('TRACE_PARSE', `the header has no column "${column}"`, {
      file,
      line: 1,
      found: `"${header.join('", "').slice(0, 200)}"`,
      expected: `a column "${column}"`,
      hint: 'name the columns that hold the page and the operation',
    });
  };
  const isAddress = options.address !== undefined;
  const place = find(options.address ?? options.page ?? (header === null ? 1 : 'page'));
  const op = options.op === null ? -1 : find(options.op ?? (header === null ? 2 : 'op'));
  const size = options.size === undefined ? -1 : find(options.size);
  const columns = Math.max(place, op, size) + 1;
  const delimiter = csvDelimiter(options);
  return { place, isAddress, op, size, delimiter, hasHeader: header !== null, columns };
}

/** The delimiter as a byte. */
export function csvDelimiter(options: CsvOptions): number {
  const text = options.delimiter ?? ',';
  const code = text.charCodeAt(0);
  const isUsable = text.length === 1 && code < 128 && !/["\r\n0-9a-zA-Z]/.test(text);
  if (!isUsable)
    throw optionError(`the delimiter "${text}"`, 'one ASCII character such as , ; or tab');
  return code;
}

function optionError(found: string, expected: string): TraceError {
  return new TraceError('TRACE_OPTION', 'the CSV options do not fit', { found, expected });
}
