// The part of the page's script that serves an explained policy: it shows the run that is chosen, and
// writes the values at a sample beside the names, by pointer or by arrow keys.

import { RATE_REFERENCES } from './explain-panels.ts';

export const explainScript = `
const runs = all('.explain-run');
const choice = document.querySelector('.choose select');
const choose = () => {
  for (const run of runs) run.hidden = choice !== null && run.dataset.run !== choice.value;
};
if (choice !== null) {
  choice.value = runs[0].dataset.run;
  choice.addEventListener('change', choose);
}
choose();
const rounded = (value) => grouped(Math.abs(value) < 100 ? Number(value.toFixed(2)) : Math.round(value));
for (const run of runs) {
  const { gauges, samples } = result.explanations[Number(run.dataset.run)];
  const xs = run.dataset.x.split(' ').map(Number);
  const lines = all('.crosshair', run);
  const values = all('.value', run);
  const reading = run.querySelector('.reading');
  const spans = run.dataset.spans.split(' ').map((span) => span.split('-').map(Number));
  let at = xs.length - 1;
  const sum = (windows, first, last) => {
    let total = 0;
    for (let i = first; i <= last; i++) total += windows[i];
    return total;
  };
  const valueAt = (key, drawn, i) => {
    const own = samples[key] || gauges[Number(key)].samples;
    if (drawn === 'level') return own[i];
    if (drawn === 'per-fault') {
      const span = spans.find(([first, last]) => i >= first && i <= last);
      return span === undefined ? null : sum(own, ...span) / sum(samples.faults, ...span);
    }
    return i === 0 ? null : own[i] * ${RATE_REFERENCES} / (samples.references[i] - samples.references[i - 1]);
  };
  const show = (index) => {
    at = Math.max(0, Math.min(xs.length - 1, index));
    for (const line of lines) {
      line.setAttribute('transform', 'translate(' + xs[at] + ' 0)');
      line.setAttribute('visibility', 'visible');
    }
    for (const element of values) {
      const value = valueAt(element.dataset.key, element.dataset.drawn, at);
      element.textContent = value === null ? '\\u2013' : rounded(value);
    }
    reading.textContent = 'after ' + grouped(samples.references[at]) + ' references';
  };
  const clear = () => {
    for (const line of lines) line.setAttribute('visibility', 'hidden');
    for (const element of values) element.textContent = '';
    reading.textContent = '';
  };
  for (const chart of all('.chart', run)) {
    chart.addEventListener('pointermove', (event) => {
      const box = chart.getBoundingClientRect();
      const x = (event.clientX - box.left) * chart.viewBox.baseVal.width / box.width;
      let nearest = 0;
      xs.forEach((value, index) => {
        if (Math.abs(value - x) < Math.abs(xs[nearest] - x)) nearest = index;
      });
      show(nearest);
    });
    chart.addEventListener('pointerleave', clear);
  }
  run.addEventListener('blur', clear);
  run.addEventListener('focus', () => {
    if (run.matches(':focus-visible')) show(at);
  });
  run.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity }[event.key];
    if (event.key === 'Escape') clear();
    if (step === undefined) return;
    event.preventDefault();
    show(at + step);
  });
}`;
