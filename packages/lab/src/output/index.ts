// What a result is turned into. Pure functions: whoever calls them writes the files.

// What pages and tables are made of, for rooms that show results of their own in the same look.
export { csvOf, renderCsv } from './csv.ts';
export { renderCurveCsv } from './curves/curve-csv.ts';
export { renderCurvePage } from './curves/curve-page.ts';
export { type CurveTextOptions, renderCurves } from './curves/curve-text.ts';
export { renderExplanations } from './explain-text.ts';
export {
  binaryBytes,
  compact,
  counted,
  countedInWords,
  grouped,
  NO_NUMBER,
  percent,
} from './numbers.ts';
export { writeParquet } from './parquet.ts';
export { schemeControls } from './report/controls.ts';
export { head as pageHead } from './report/head.ts';
export { capitalised, coordinate, escaped, listed, scriptJson, typeset } from './report/html.ts';
export {
  colourClass,
  dashAttribute,
  type Mark,
  markerDefinitions,
  sample as markSample,
} from './report/marks.ts';
export { PANEL } from './report/scales.ts';
export { scriptWith } from './report/script.ts';
export { tipScriptWith } from './report/script-tip.ts';
export { wrapped as scrolledTable } from './report/tables.ts';
export { renderReport } from './report.ts';
export { renderCrawRmPage } from './reproduction/page.ts';
export { statements as claimList } from './reproduction/tables.ts';
export { renderCrawRm } from './reproduction/text.ts';
export { renderSummary } from './summary.ts';
export { renderTable, type TableOptions } from './table.ts';
export { type TextColumn, textTable } from './text-table.ts';
