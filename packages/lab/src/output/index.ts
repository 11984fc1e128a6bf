// What a result is turned into. Pure functions: whoever calls them writes the files.

export { renderCsv } from './csv.ts';
export { renderCurveCsv } from './curves/curve-csv.ts';
export { renderCurvePage } from './curves/curve-page.ts';
export { type CurveTextOptions, renderCurves } from './curves/curve-text.ts';
export { renderExplanations } from './explain-text.ts';
export { writeParquet } from './parquet.ts';
export { renderReport } from './report.ts';
export { renderCrawRmPage } from './reproduction/page.ts';
export { renderCrawRm } from './reproduction/text.ts';
export { renderSummary } from './summary.ts';
export { renderTable, type TableOptions } from './table.ts';
