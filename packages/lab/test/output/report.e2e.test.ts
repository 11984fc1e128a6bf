// The report in a real Chromium, opened from disk as a reader does.

import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { renderCsv, renderReport } from '../../src/output/index.ts';
import { describePage, visible } from './chromium.ts';
import { madeUp, usualPolicies } from './made-up.ts';

const hostile = '</script><img src=x onerror=alert(1)>.plt';
const result = madeUp({
  traces: ['runs/feh.plt', hostile],
  policies: [...usualPolicies, ['<u>mine</u>', 'faults']],
});

describePage(
  'the report',
  () => renderReport(result),
  (onPage) => {
    it('opens without a request or an error, and input stays text', async () => {
      await onPage({}, async (page) => {
        expect(await page.locator('h3').allTextContents()).toEqual([
          '(a) feh',
          `(b) ${hostile
            .replace(/\.plt$/, '')
            .split('/')
            .at(-1)}`,
        ]);
        expect(await page.locator('img, u').count()).toBe(0);
        expect(await visible(page, '.chart')).toBe(2);
      });
    });

    it('hides a policy from every panel by its legend, and shows it again', async () => {
      await onPage({}, async (page) => {
        const button = page.locator('[data-toggle="2"]').first();
        expect(await visible(page, '.chart .series[data-policy="2"]')).toBe(2);
        await button.press('Enter');
        expect(await button.getAttribute('aria-pressed')).toBe('false');
        expect(await visible(page, '.chart .series[data-policy="2"]')).toBe(0);
        expect(await visible(page, '.chart .series[data-policy="1"]')).toBe(2);
        await button.click();
        expect(await visible(page, '.chart .series[data-policy="2"]')).toBe(2);
      });
    });

    it('switches cold faults and measure, in panels and tables', async () => {
      await onPage({}, async (page) => {
        await page.getByLabel('without', { exact: true }).check();
        expect(await visible(page, '.chart.cold-with')).toBe(0);
        expect(await visible(page, '.chart.view-relative.cold-without')).toBe(2);
        expect(await visible(page, '.averages .cold-with')).toBe(0);
        const cell = page.locator('.averages tbody tr').nth(2).locator('td .cold-without').first();
        expect(await cell.textContent()).toBe('37.937.9 to 37.9');
        await page.getByLabel('absolute').check();
        expect(await visible(page, '.chart.view-absolute.cold-without')).toBe(2);
        expect(await visible(page, '.chart')).toBe(2);
      });
    });

    it('reads out exact numbers by pointer and by keys', async () => {
      await onPage({}, async (page) => {
        const chart = page.locator('.chart').first();
        await chart.hover({ position: { x: 60, y: 100 } });
        const tip = page.locator('.tip');
        await expect.poll(() => tip.textContent()).toContain('500 frames');
        expect(await tip.locator('tr').first().textContent()).toBe('craw-rm63.3 %190');
        await page.mouse.move(0, 0);
        expect(await tip.isVisible()).toBe(false);
        await chart.focus();
        await page.keyboard.press('End');
        await page.keyboard.press('ArrowRight');
        expect(await tip.textContent()).toContain('1,000 frames');
        await page.keyboard.press('Escape');
        expect(await tip.isVisible()).toBe(false);
      });
    });

    it('sorts the counts and saves the rows', async () => {
      await onPage({ acceptDownloads: true }, async (page) => {
        await page.locator('summary').first().click();
        const head = page.locator('.data').first().getByRole('button', { name: 'I/O time' });
        await head.click();
        const cells = page.locator('.data').first().locator('tbody tr td:nth-child(8)');
        expect((await cells.allTextContents())[0]).toBe('190');
        await head.click();
        expect((await cells.allTextContents())[0]).toBe('310');
        const [csv] = await Promise.all([page.waitForEvent('download'), page.click('#save-csv')]);
        expect(csv.suggestedFilename()).toBe('pagelend-sim.csv');
        expect(await readFile(await csv.path(), 'utf8')).toBe(renderCsv(result));
        const [json] = await Promise.all([page.waitForEvent('download'), page.click('#save-json')]);
        expect(JSON.parse(await readFile(await json.path(), 'utf8'))).toEqual(result);
      });
    });

    it('follows the scheme of the machine until told otherwise, and prints light', async () => {
      const ground = (page: Page): Promise<string> =>
        page.locator('body').evaluate((body) => {
          const view = body.ownerDocument.defaultView;
          return view === null ? '' : view.getComputedStyle(body).backgroundColor;
        });
      await onPage({ colorScheme: 'dark' }, async (page) => {
        expect(await ground(page)).toBe('rgb(21, 23, 26)');
        await page.emulateMedia({ media: 'print' });
        expect(await ground(page)).toBe('rgb(255, 255, 255)');
        expect(await visible(page, '.controls, .data-section, .downloads')).toBe(0);
        expect(await visible(page, '.chart')).toBe(2);
        await page.emulateMedia({ media: 'screen' });
        await page.getByLabel('light').check();
        expect(await ground(page)).toBe('rgb(253, 252, 249)');
        await page.getByLabel('dark').check();
        await page.emulateMedia({ media: 'print' });
        expect(await ground(page)).toBe('rgb(255, 255, 255)');
      });
    });

    it('is complete without scripts, and no wider than a small screen', async () => {
      const small = { javaScriptEnabled: false, viewport: { width: 360, height: 700 } };
      await onPage(small, async (page) => {
        expect(await visible(page, '.controls')).toBe(0);
        expect(await visible(page, '.chart.view-relative.cold-with')).toBe(2);
        expect(await visible(page, '.averages tbody tr')).toBe(5);
      });
      await onPage({ viewport: { width: 360, height: 700 } }, async (page) => {
        const width = await page.locator('html').evaluate((root) => root.scrollWidth);
        expect(width).toBeLessThanOrEqual(360);
      });
    });
  },
);
