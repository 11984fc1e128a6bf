// What the page of curves reads out at a memory size: miss ratio and I/O time of every policy there,
// with two standard errors where they are estimated.

import { scriptWith } from '../report/script.ts';
import { tipScriptWith } from '../report/script-tip.ts';

const fillScript = `
const fine = (share) => {
  if (share === 0) return '0';
  const value = share * 100;
  const decimals = Math.min(12, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return value.toFixed(decimals);
};
const spread = (error, text) => error === null ? '' : ' \\u00b1 ' + text(2 * error);
const fill = (chart, frames) => {
  const rows = (cells.get([chart.dataset.trace, chart.dataset.cost, frames].join()) || [])
    .map((row) => ({ row, index: view.policies.indexOf(row.policy) }))
    .filter(({ index }) => !hidden.has(String(index)));
  rows.sort((a, b) => a.row.io_time - b.row.io_time || a.index - b.index);
  const table = make('table');
  for (const { row, index } of rows) {
    const line = table.insertRow();
    const name = line.insertCell();
    const sample = document.querySelector('[data-toggle="' + index + '"] .sample');
    if (sample) name.append(sample.cloneNode(true));
    name.append(row.policy);
    line.insertCell().textContent =
      fine(row.miss_ratio) + spread(row.miss_ratio_standard_error, fine) + ' %';
    line.insertCell().textContent =
      grouped(row.io_time) + spread(row.io_time_standard_error, (error) => grouped(Math.round(error)));
  }
  tip.replaceChildren(make('div', grouped(frames) + ' frames: miss ratio, I/O time'), table);
};`;

export function curveScript(): string {
  return scriptWith('pagelend-curve', [tipScriptWith(fillScript)]);
}
