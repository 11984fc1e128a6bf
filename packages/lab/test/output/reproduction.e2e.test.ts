// The page of `reproduce craw-rm` in a real Chromium, opened from disk as a reader does.

import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { renderCrawRmPage, renderCsv } from '../../src/output/index.ts';
import { madeUpResult, workload } from '../reproduce/made-up.ts';
import { describePage, visible } from './chromium.ts';

const sizes = [300, 400, 500, 700, 1000, 1400, 2000];
const result = madeUpResult(
  ({ policy, frames }) => (policy === 'car' ? 1 : policy.startsWith('craw-rm') ? frames / 100 : 12),
  [workload('viewer', sizes), workload('player', sizes, 1500)],
);

describePage(
  'the page',
  () => renderCrawRmPage(result),
  (onPage) => {
    it('draws a panel per workload and write cost, with the paper’s sizes in place', async () => {
      await onPage({}, async (page) => {
        expect(await page.locator('#figure-1 h3').allTextContents()).toEqual([
          '(a) document viewer',
          '(b) media player',
        ]);
        expect(await visible(page, '.chart')).toBe(4);
        const chart = page.locator('.chart').first();
        expect(await chart.locator('.series').count()).toBe(6);
        const marks = chart.locator('.marked');
        const at = await marks.evaluateAll((lines) => lines.map((line) => line.getAttribute('d')));
        const xs = (await chart.getAttribute('data-x'))!.split(' ');
        expect(at.map((path) => /^M([\d.]+) /.exec(path!)![1])).toEqual([xs[2], xs[6]]);
        expect(await chart.locator('text.tick').allTextContents()).toEqual(
          expect.arrayContaining(['500', '2,000']),
        );
      });
    });

    it('switches cold faults in figures and averages alike', async () => {
      await onPage({}, async (page) => {
        const cell = page.locator('.averages tbody tr').nth(1).locator('td').nth(1);
        const shown = (): Promise<string> => cell.innerText();
        expect(await shown()).toBe('12.5');
        await page.getByLabel('without', { exact: true }).check();
        // The same time saved, of 180 instead of 200.
        expect(await shown()).toBe('13.9');
        expect(await visible(page, '.chart.cold-with')).toBe(0);
        expect(await visible(page, '.chart.cold-without')).toBe(4);
      });
    });

    it('unfolds the cases behind a verdict', async () => {
      await onPage({}, async (page) => {
        const claim = page.locator('.claim').first();
        expect(await claim.locator('.verdict').textContent()).toBe('Agrees');
        expect(await claim.locator('td').first().isVisible()).toBe(false);
        await claim.locator('summary').click();
        expect(await claim.locator('td').first().isVisible()).toBe(true);
        expect(await claim.locator('tbody tr').count()).toBe(8);
      });
    });

    it('reads out points and saves the rows of all sizes', async () => {
      await onPage({ acceptDownloads: true }, async (page) => {
        await page
          .locator('.chart')
          .first()
          .hover({ position: { x: 60, y: 100 } });
        await expect.poll(() => page.locator('.tip').textContent()).toContain('300 frames');
        const [csv] = await Promise.all([page.waitForEvent('download'), page.click('#save-csv')]);
        expect(csv.suggestedFilename()).toBe('pagelend-craw-rm.csv');
        expect(await readFile(await csv.path(), 'utf8')).toBe(renderCsv(result));
      });
    });

    it('has both colour schemes, prints light, and stands a small screen and no scripts', async () => {
      const ground = (page: Page): Promise<string> =>
        page.locator('body').evaluate((body) => {
          const view = body.ownerDocument.defaultView;
          return view === null ? '' : view.getComputedStyle(body).backgroundColor;
        });
      await onPage({ colorScheme: 'light' }, async (page) => {
        expect(await ground(page)).toBe('rgb(253, 252, 249)');
      });
      await onPage({ colorScheme: 'dark' }, async (page) => {
        expect(await ground(page)).toBe('rgb(21, 23, 26)');
        await page.emulateMedia({ media: 'print' });
        expect(await ground(page)).toBe('rgb(255, 255, 255)');
        expect(await visible(page, '.chart')).toBe(4);
        expect(await visible(page, '.claim')).toBe(7);
      });
      const small = { viewport: { width: 360, height: 700 } };
      await onPage({ ...small, javaScriptEnabled: false }, async (page) => {
        expect(await visible(page, '.chart')).toBe(4);
      });
      await onPage(small, async (page) => {
        const width = await page.locator('html').evaluate((root) => root.scrollWidth);
        expect(width).toBeLessThanOrEqual(360);
      });
    });
  },
);
