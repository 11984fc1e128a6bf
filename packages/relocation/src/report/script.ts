// What the page's own script adds to what all pages do: reading out the free pages of each
// configuration at a time. It runs in the reader's browser.

import { scriptWith, tipScriptWith } from '@pagelend/lab';

const fillScript = `
const valueAt = ({ seconds, free_pages }, at) => {
  if (seconds.length === 0 || at > seconds[seconds.length - 1] + 0.5) return null;
  let nearest = 0;
  seconds.forEach((second, index) => {
    if (Math.abs(second - at) < Math.abs(seconds[nearest] - at)) nearest = index;
  });
  return free_pages[nearest];
};
const fill = (chart, at) => {
  const lines = view.readings[chart.dataset.panel]
    .map(({ configuration, ...curve }) => ({ configuration, pages: valueAt(curve, at) }))
    .filter(({ configuration }) => !hidden.has(String(view.configurations.indexOf(configuration))))
    .sort((a, b) => (b.pages ?? -1) - (a.pages ?? -1));
  const table = make('table');
  for (const { configuration, pages } of lines) {
    const line = table.insertRow();
    const name = line.insertCell();
    const index = view.configurations.indexOf(configuration);
    const sample = document.querySelector('[data-toggle="' + index + '"] .sample');
    if (sample) name.append(sample.cloneNode(true));
    name.append(configuration);
    line.insertCell().textContent = pages === null ? 'done' : grouped(Math.round(pages));
  }
  tip.replaceChildren(make('div', 'free pages after ' + at.toFixed(1) + ' s'), table);
};`;

export function relocationScript(): string {
  return scriptWith('pagelend-relocation', [tipScriptWith(fillScript)]);
}
