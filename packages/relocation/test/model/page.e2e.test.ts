// The model's page in a real Chromium, opened from disk as a reader does.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describePage, visible } from '../../../lab/test/output/chromium.ts';
import { loadContents } from '../../src/model/contents.ts';
import { renderModelCsv } from '../../src/model/csv.ts';
import { loadMeasurement, SHIPPED_MEASUREMENT } from '../../src/model/measurement.ts';
import { defaultCase, type ModelCase } from '../../src/model/model-case.ts';
import { renderModelPage } from '../../src/model/model-page.ts';
import { runModel } from '../../src/model/run.ts';
import { sweepCases } from '../../src/model/sweeps.ts';
import { smallJob } from './small-job.ts';

const repository = (path: string): string =>
  fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
const MIB = 2 ** 20;
const clean: ModelCase = { ...defaultCase, memoryBytes: 256 * MIB, hogBytes: 64 * MIB };
const pressure: ModelCase = {
  ...clean,
  name: 'pressure',
  regime: 'pressure',
  hogBytes: 184 * MIB,
};
const result = await runModel({
  contents: loadContents(repository('experiments/page-contents.json')),
  trace: { path: await smallJob(), name: 'a made-up job' },
  cases: [clean, pressure],
  sweeps: sweepCases(clean, { hogBytes: [32 * MIB, 96 * MIB], hogContent: ['node', 'redis'] }),
  measurement: loadMeasurement(repository(SHIPPED_MEASUREMENT), SHIPPED_MEASUREMENT),
});

describePage(
  'the page of the model',
  () => renderModelPage(result),
  (onPage) => {
    it('draws both regimes and the gain, and shows the model beside real guests', async () => {
      await onPage({}, async (page) => {
        expect(await page.locator('#figure-1 h3').allTextContents()).toEqual(['clean', 'pressure']);
        expect(await visible(page, '.chart')).toBe(3);
        const section = page.locator('h2', { hasText: 'Beside real guests' });
        expect(await section.isVisible()).toBe(true);
        const heads = page.getByRole('region', { name: 'The model beside real guests' });
        const names = result.measured!.rows.map(({ name }) => name);
        expect(await heads.locator('thead th').allTextContents()).toEqual(['', ...names]);
        expect(await heads.locator('tbody tr').count()).toBe(12);
      });
    });

    it('hides schemes and saves the rows', async () => {
      await onPage({ acceptDownloads: true }, async (page) => {
        expect(await visible(page, '#figure-1 [data-policy="1"]')).toBe(2);
        await page.locator('[data-toggle="1"]').click();
        expect(await visible(page, '#figure-1 [data-policy="1"]')).toBe(0);
        const [csv] = await Promise.all([page.waitForEvent('download'), page.click('#save-csv')]);
        expect(csv.suggestedFilename()).toBe('pagelend-relocation-model.csv');
        expect(await readFile(await csv.path(), 'utf8')).toBe(renderModelCsv(result));
      });
    });

    it('fits screens of 800 and 360 pixels, in both colour schemes and without scripts', async () => {
      for (const width of [800, 360]) {
        const viewport = { width, height: 700 };
        await onPage({ viewport, colorScheme: 'dark' }, async (page) => {
          const needed = await page.locator('html').evaluate((root) => root.scrollWidth);
          expect(needed).toBeLessThanOrEqual(width);
        });
        await onPage({ viewport, javaScriptEnabled: false }, async (page) => {
          expect(await visible(page, '.chart')).toBe(3);
        });
      }
    });
  },
);
