// The page of `reproduce relocation` in a real Chromium, opened from disk as a reader does.

import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { describePage, visible } from '../../../lab/test/output/chromium.ts';
import { renderRelocationCsv } from '../../src/report/csv.ts';
import { renderRelocationPage } from '../../src/report/page.ts';
import { recorded } from '../recorded.ts';

describePage(
  'the relocation page',
  () => renderRelocationPage(recorded),
  (onPage) => {
    it('draws free pages of each regime, the gain over hog sizes, and job times', async () => {
      await onPage({}, async (page) => {
        expect(await page.locator('#figure-1 h3').allTextContents()).toEqual([
          'a fixed amount swapped out',
          'plain pressure',
        ]);
        expect(await visible(page, '.chart')).toBe(5);
        const free = page.locator('#figure-1 .chart').first();
        expect(await free.locator('.series').count()).toBe(4);
        const rounds = recorded.setup.rounds;
        expect(await free.locator('.series').first().locator('.curve').count()).toBe(rounds);
        expect(await page.locator('#figure-2 .chart use').count()).toBe(
          recorded.gains.filter(({ regime }) => regime === 'clean').length,
        );
      });
    });

    it('reads out free pages, hides configurations, and unfolds cases', async () => {
      await onPage({}, async (page) => {
        const chart = page.locator('#figure-1 .chart').first();
        await chart.hover({ position: { x: 120, y: 100 } });
        await expect.poll(() => page.locator('.tip').textContent()).toContain('free pages after');
        expect(await page.locator('.tip tr').count()).toBe(4);
        await page.locator('[data-toggle="0"]').click();
        expect(await visible(page, '#figure-1 [data-policy="0"]')).toBe(0);
        await chart.hover({ position: { x: 140, y: 100 } });
        await expect.poll(() => page.locator('.tip tr').count()).toBe(3);
        const claim = page.locator('.claim.agrees').first();
        await claim.locator('summary').click();
        expect(await claim.locator('td').first().isVisible()).toBe(true);
      });
    });

    it('saves the runs, and sorts the table of them', async () => {
      await onPage({ acceptDownloads: true }, async (page) => {
        const [csv] = await Promise.all([page.waitForEvent('download'), page.click('#save-csv')]);
        expect(csv.suggestedFilename()).toBe('pagelend-relocation.csv');
        expect(await readFile(await csv.path(), 'utf8')).toBe(renderRelocationCsv(recorded));
        await page.locator('.data thead button', { hasText: 'free pages' }).click();
        const shown = await page.locator('.data tbody tr td:nth-child(6)').allTextContents();
        const values = shown.map((text) => Number(text.replaceAll(',', '')));
        expect(values).toEqual([...values].sort((a, b) => a - b));
      });
    });

    it('has both colour schemes, prints light, and stands a small screen and no scripts', async () => {
      const ground = (page: Page): Promise<string> =>
        page.locator('body').evaluate((body) => {
          const view = body.ownerDocument.defaultView;
          return view === null ? '' : view.getComputedStyle(body).backgroundColor;
        });
      await onPage({ colorScheme: 'dark' }, async (page) => {
        expect(await ground(page)).toBe('rgb(21, 23, 26)');
        await page.emulateMedia({ media: 'print' });
        expect(await ground(page)).toBe('rgb(255, 255, 255)');
        expect(await visible(page, '.claim')).toBe(7);
      });
      const small = { viewport: { width: 360, height: 700 } };
      await onPage({ ...small, javaScriptEnabled: false }, async (page) => {
        expect(await visible(page, '.chart')).toBe(5);
      });
      await onPage(small, async (page) => {
        const width = await page.locator('html').evaluate((root) => root.scrollWidth);
        expect(width).toBeLessThanOrEqual(360);
      });
    });
  },
);
