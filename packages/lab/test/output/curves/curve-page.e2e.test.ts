// The page of curves in a real Chromium, opened from disk as a reader does.

import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { renderCurveCsv, renderCurvePage } from '../../../src/output/index.ts';
import { describePage, visible } from '../chromium.ts';
import { madeUpCurves } from './made-up-curves.ts';

const hostile = '</script><img src=x onerror=alert(1)>.plt';
const result = madeUpCurves({ traces: ['runs/feh.plt', hostile], sampled: true });

describePage(
  'the page of curves',
  () => renderCurvePage(result),
  (onPage) => {
    it('shows two panels a figure, and I/O time relative to LRU where asked for', async () => {
      await onPage({}, async (page) => {
        expect(await visible(page, '.chart')).toBe(4);
        expect(await page.locator('img').count()).toBe(0);
        await page.locator('input[value=relative]').check();
        expect(await visible(page, '.chart')).toBe(4);
        expect(await visible(page, '.chart.view-relative .band')).toBe(2);
        expect(await visible(page, '.chart.view-absolute')).toBe(0);
      });
    });

    it('reads out miss ratio and I/O time with their errors', async () => {
      await onPage({}, async (page) => {
        await page.locator('.chart').first().focus();
        await page.keyboard.press('End');
        await page.keyboard.press('Home');
        await page.keyboard.press('ArrowLeft');
        const tip = page.locator('.tip');
        expect(await tip.textContent()).toContain('10 frames: miss ratio, I/O time');
        expect(await tip.locator('tr').allTextContents()).toEqual([
          'lru1.00 %14,000',
          'clock1.50 ± 0.150 %21,000 ± 2,100',
        ]);
      });
    });

    it('hides a policy in every panel by its legend', async () => {
      await onPage({}, async (page) => {
        await page.locator('[data-toggle="1"]').first().click();
        expect(await visible(page, '.series[data-policy="1"]')).toBe(0);
        expect(await visible(page, '.series[data-policy="0"]')).toBe(4);
      });
    });

    it('saves the rows', async () => {
      await onPage({ acceptDownloads: true }, async (page) => {
        const [csv] = await Promise.all([page.waitForEvent('download'), page.click('#save-csv')]);
        expect(csv.suggestedFilename()).toBe('pagelend-curve.csv');
        expect(await readFile(await csv.path(), 'utf8')).toBe(renderCurveCsv(result));
      });
    });

    it('is complete without scripts, and no wider than a small screen', async () => {
      const small = { viewport: { width: 360, height: 700 } };
      await onPage({ ...small, javaScriptEnabled: false }, async (page) => {
        expect(await visible(page, '.chart')).toBe(4);
        expect(await visible(page, '.controls')).toBe(0);
      });
      await onPage(small, async (page) => {
        const width = await page.locator('html').evaluate((root) => root.scrollWidth);
        expect(width).toBeLessThanOrEqual(360);
      });
    });
  },
);
