// The report's own script, as text: it runs in the reader's browser and nowhere else. Without it
// the page is complete; with it one can switch views, hide policies, read exact numbers and sort.
// Text from the input is only ever set as `textContent`.

import { explainScript } from './script-explain.ts';
import { tipScript } from './script-tip.ts';

/** `isExplained`: the page shows runs of an explained policy. */
export function pageScript(isExplained: boolean): string {
  return scriptWith('pagelend-sim', isExplained ? [tipScript, explainScript] : [tipScript]);
}

/** What every page does, and `parts` of its own; rows are saved under `name`. */
export function scriptWith(name: string, parts: readonly string[]): string {
  return `(() => {
'use strict';
${[stateScript, legendScript, sortScript, downloadScript(name), ...parts].join('\n')}
})();`;
}

const stateScript = `
const root = document.documentElement;
const result = JSON.parse(document.getElementById('pagelend-result').textContent);
const view = JSON.parse(document.getElementById('pagelend-view').textContent);
const all = (selector, from = document) => [...from.querySelectorAll(selector)];
const make = (name, text) => {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  return element;
};
root.classList.add('js');
for (const input of all('.controls input')) {
  input.addEventListener('change', () => {
    if (input.name === 'scheme' && input.value === 'auto') delete root.dataset.scheme;
    else root.dataset[input.name] = input.value;
  });
  // A reload restores the controls in some browsers but never the view.
  if (input.checked !== input.defaultChecked) input.checked = input.defaultChecked;
}`;

const legendScript = `
const hidden = new Set();
for (const button of all('[data-toggle]')) {
  const key = button.dataset.toggle;
  const marked = () => all('[data-policy="' + key + '"]');
  button.addEventListener('click', () => {
    if (hidden.has(key)) hidden.delete(key);
    else hidden.add(key);
    for (const other of all('[data-toggle="' + key + '"]')) {
      other.setAttribute('aria-pressed', String(!hidden.has(key)));
    }
    for (const mark of marked()) mark.toggleAttribute('data-hidden', hidden.has(key));
    if (hidden.has(key)) dim(false);
  });
  const dim = (on) => {
    for (const series of all('.series')) {
      series.classList.toggle('dim', on && key !== 'bound' && series.dataset.policy !== key);
    }
  };
  button.addEventListener('pointerenter', () => dim(!hidden.has(key)));
  button.addEventListener('pointerleave', () => dim(false));
}`;

const sortScript = `
const number = (text) => {
  const value = Number(text.replaceAll(',', '').replace('\\u2212', '-'));
  return Number.isNaN(value) ? Infinity : value;
};
for (const head of all('.data thead th')) {
  const button = make('button', head.textContent);
  button.type = 'button';
  head.replaceChildren(button);
  button.addEventListener('click', () => {
    const body = head.closest('table').tBodies[0];
    const column = head.cellIndex;
    const down = head.getAttribute('aria-sort') === 'ascending';
    for (const other of head.parentElement.cells) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    const numeric = head.classList.contains('number');
    const keyed = [...body.rows].map((row) => {
      const text = row.cells[column].textContent;
      return { row, key: numeric ? number(text) : text };
    });
    keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) * (down ? -1 : 1));
    body.append(...keyed.map(({ row }) => row));
  });
}`;

/** Saves the rows under `name` with `.json` and `.csv`. */
const downloadScript = (name: string): string => `
const csv = () => {
  const keys = view.columns;
  const field = (value) => {
    const text = value === null ? '' : String(value);
    return /[",\\r\\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  };
  const lines = [keys, ...result.rows.map((row) => keys.map((key) => row[key]))];
  return lines.map((cells) => cells.map(field).join(',') + '\\n').join('');
};
const save = (name, type, text) => {
  const link = make('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
};
document.getElementById('save-json').addEventListener('click', () =>
  save('${name}.json', 'application/json', JSON.stringify(result, null, 2) + '\\n'));
document.getElementById('save-csv').addEventListener('click', () =>
  save('${name}.csv', 'text/csv', csv()));`;
