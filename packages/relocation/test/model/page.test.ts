// The model as text and as a page: complete without the network, and called a model everywhere.

import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { loadContents } from '../../src/model/contents.ts';
import { renderModelCsv } from '../../src/model/csv.ts';
import { loadMeasurement, SHIPPED_MEASUREMENT } from '../../src/model/measurement.ts';
import { defaultCase, type ModelCase } from '../../src/model/model-case.ts';
import { renderModelPage } from '../../src/model/model-page.ts';
import type { ModelResult } from '../../src/model/result.ts';
import { runModel } from '../../src/model/run.ts';
import { sweepCases } from '../../src/model/sweeps.ts';
import { renderModel } from '../../src/model/text.ts';
import { smallJob } from './small-job.ts';

const repository = (path: string): string =>
  fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
const MIB = 2 ** 20;
const one: ModelCase = { ...defaultCase, jobRuns: 1, memoryBytes: 256 * MIB, hogBytes: 96 * MIB };
let result: ModelResult;

beforeAll(async () => {
  const axes = { hogBytes: [16, 64, 96].map((size) => size * MIB), hogContent: ['node', 'redis'] };
  const tight = { ...one, name: 'pressure', regime: 'pressure', hogBytes: 224 * MIB } as const;
  result = await runModel({
    contents: loadContents(repository('experiments/page-contents.json')),
    trace: { path: await smallJob(), name: '<awk> & "co"' },
    cases: [one, tight],
    sweeps: sweepCases(one, axes),
    measurement: loadMeasurement(repository(SHIPPED_MEASUREMENT), SHIPPED_MEASUREMENT),
  });
});

test('the page needs nothing but itself, and says that it is a model at both ends', () => {
  const page = renderModelPage(result);
  expect(page).toMatch(/^<!doctype html>/);
  expect(page).not.toMatch(/\b(src|href)="(?!data:|#)/);
  expect(page).toContain('<title>Swap lent instead of kept: a model</title>');
  expect(page).toMatch(/<p class="abstract">A model: /);
  expect(page).toMatch(/<footer>A model, /);
  const shown = page.replaceAll(/<script>.*?<\/script>/gs, '');
  expect(shown).not.toMatch(/undefined|NaN|<awk>/);
  expect(page).toContain('&lt;awk&gt; &amp; &quot;co&quot;');
  expect(page.match(/<svg class="chart"/g)).toHaveLength(3);
  expect(page).toContain('published: 32 %');
});

test('the page gives every row, and the same bytes for the same result', () => {
  const page = renderModelPage(result);
  const [, json] = /id="pagelend-result">(.*?)<\/script>/.exec(page)!;
  expect(JSON.parse(json!)).toEqual(JSON.parse(JSON.stringify(result)));
  expect(renderModelPage(result)).toBe(page);
});

test('the text has each case, each sweep and what is assumed, in lines of a terminal', () => {
  const text = renderModel(result);
  expect(text).toMatch(/^A model: /);
  for (const says of [
    'clean: 2 guests',
    'pressure: ',
    'hog varied',
    'content varied',
    'Assumed:',
  ]) {
    expect(text).toContain(says);
  }
  expect(text).toMatch(/lent over zram: \+\d+\.\d %/);
  expect(text).not.toMatch(/undefined|NaN/);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
});

test('text and page show it beside real guests, and leave that out where nothing was measured', () => {
  const { pairs } = loadMeasurement(repository(SHIPPED_MEASUREMENT), SHIPPED_MEASUREMENT);
  const [first] = result.measured!.rows;
  for (const shown of [renderModel(result), renderModelPage(result)]) {
    expect(shown).toContain('Beside real guests of 256 MiB (user-mode Linux, Linux ');
    for (const { name } of pairs) expect(shown).toContain(name);
    const { measured_pool_pages: measured, model_pool_pages: model } = first!;
    for (const pages of [measured, model]) expect(shown).toContain(pages.toLocaleString('en'));
  }
  const alone = { ...result, measured: null };
  for (const shown of [renderModel(alone), renderModelPage(alone)]) {
    expect(shown).not.toContain('Beside');
  }
});

test('where memory ran out there is no gain, and both say why', async () => {
  const contents = loadContents(repository('experiments/page-contents.json'));
  const cases = [{ ...one, hogBytes: 1024 * MIB }];
  const trace = { path: await smallJob(), name: 'job' };
  const out = await runModel({ contents, trace, cases, sweeps: [] });
  expect(renderModel(out)).toMatch(/lent over zram: none, memory ran out/);
  expect(renderModelPage(out)).toMatch(/Lent over zram: none, memory ran out/);
});

test('CSV has a line for each row', () => {
  const lines = renderModelCsv(result).trimEnd().split('\n');
  expect(lines).toHaveLength(1 + result.rows.length);
  expect(lines[0]).toMatch(/^sweep,value,case,regime,guests,.*,scheme,free_pages,/);
});
