// The part of the page's script that reads out a panel: a line at the nearest frame count and a
// small table of every policy there, by pointer or by arrow keys. What the table says depends on the
// page: `fill(chart, frames)` writes it into `tip`.

export function tipScriptWith(fill: string): string {
  return `${values}${fill}${pointing}`;
}

const values = `
const grouped = (value) => {
  const [whole, decimals] = (Number.isInteger(value) ? String(value) : value.toFixed(2)).split('.');
  const text = whole.replace(/\\B(?=(\\d{3})+$)/g, ',');
  return decimals === undefined ? text : text + '.' + decimals;
};
const cells = new Map();
for (const row of result.rows) {
  const cost = view.costs.findIndex((pair) =>
    pair.medium === row.medium && pair.readCost === row.read_cost && pair.writeCost === row.write_cost);
  const key = [view.traces.indexOf(row.trace), cost, row.frames].join();
  if (!cells.has(key)) cells.set(key, []);
  cells.get(key).push(row);
}
const tip = make('div');
tip.className = 'tip';
tip.hidden = true;
tip.setAttribute('role', 'status');
document.body.append(tip);

const close = () => {
  tip.hidden = true;
  for (const line of all('.crosshair')) line.setAttribute('visibility', 'hidden');
};`;

const pointing = `
const show = (chart, at) => {
  const frames = chart.dataset.frames.split(' ').map(Number);
  const xs = chart.dataset.x.split(' ').map(Number);
  const index = Math.max(0, Math.min(frames.length - 1, at));
  chart.at = index;
  const line = chart.querySelector('.crosshair');
  close();
  line.setAttribute('transform', 'translate(' + xs[index] + ' 0)');
  line.setAttribute('visibility', 'visible');
  fill(chart, frames[index]);
  tip.hidden = false;
  const box = chart.getBoundingClientRect();
  const x = box.left + xs[index] * box.width / chart.viewBox.baseVal.width;
  const right = document.documentElement.clientWidth;
  const left = x + 14 + tip.offsetWidth > right ? Math.max(4, x - 14 - tip.offsetWidth) : x + 14;
  const below = left < 8 || (left < x && left + tip.offsetWidth > x);
  tip.style.left = Math.max(4, Math.min(left, right - tip.offsetWidth - 4)) + scrollX + 'px';
  tip.style.top = (below ? box.bottom + 4 : box.top + box.height * 0.12) + scrollY + 'px';
};
for (const chart of all('.chart[data-frames]')) {
  // The browser's own tooltip of a marker would cover the table, which says the same and more.
  const titles = all('use > title', chart);
  chart.addEventListener('pointermove', (event) => {
    for (const title of titles.splice(0)) title.remove();
    const box = chart.getBoundingClientRect();
    const x = (event.clientX - box.left) * chart.viewBox.baseVal.width / box.width;
    const xs = chart.dataset.x.split(' ').map(Number);
    let nearest = 0;
    xs.forEach((value, index) => {
      if (Math.abs(value - x) < Math.abs(xs[nearest] - x)) nearest = index;
    });
    show(chart, nearest);
  });
  chart.addEventListener('pointerleave', close);
  chart.addEventListener('blur', close);
  chart.addEventListener('focus', () => {
    if (chart.matches(':focus-visible')) show(chart, chart.at || 0);
  });
  chart.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (event.key === 'Escape') close();
    if (step === undefined) return;
    event.preventDefault();
    show(chart, (chart.at || 0) + step);
  });
}`;

const fillScript = `
const share = (value) => value === null ? '\\u2013' : (value * 100).toFixed(1) + ' %';
const fill = (chart, frames) => {
  const suffix = root.dataset.cold === 'without' ? '_without_cold' : '';
  const rows = (cells.get([chart.dataset.trace, chart.dataset.cost, frames].join()) || [])
    .map((row) => ({ row, index: view.policies.indexOf(row.policy) }))
    .filter(({ index }) => !hidden.has(String(index)));
  const key = root.dataset.measure === 'relative' ? 'relative_to_clock' + suffix : 'io_time' + suffix;
  const last = (value) => value === null ? Infinity : value;
  rows.sort((a, b) => (last(a.row[key]) > last(b.row[key]) ? 1 : last(a.row[key]) < last(b.row[key]) ? -1 : a.index - b.index));
  const table = make('table');
  for (const { row, index } of rows) {
    const line = table.insertRow();
    const name = line.insertCell();
    const sample = document.querySelector('[data-toggle="' + index + '"] .sample');
    if (sample) name.append(sample.cloneNode(true));
    name.append(row.policy);
    line.insertCell().textContent = share(row['relative_to_clock' + suffix]);
    line.insertCell().textContent = grouped(row['io_time' + suffix]);
  }
  tip.replaceChildren(make('div', grouped(frames) + ' frames: % of CLOCK, I/O time'), table);
};`;

/** For the report of a sweep. */
export const tipScript = tipScriptWith(fillScript);
