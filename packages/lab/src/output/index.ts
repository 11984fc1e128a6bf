// What a result is turned into. Pure functions: whoever calls them writes the files.

export { renderCsv } from './csv.ts';
export { writeParquet } from './parquet.ts';
export { renderReport } from './report.ts';
export { renderSummary } from './summary.ts';
export { renderTable, type TableOptions } from './table.ts';
