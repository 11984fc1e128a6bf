// An explained policy's figures in a real Chromium: which run is shown, and what is read out.

import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { renderReport } from '../../src/output/index.ts';
import { describePage } from './chromium.ts';
import { madeExplanation, madeUp } from './made-up.ts';

const result = {
  ...madeUp(),
  explanations: [
    madeExplanation({ frames: 500 }),
    madeExplanation({ frames: 1000 }),
    { ...madeExplanation({ frames: 500 }), trace: 'runs/xpdf.plt' },
  ],
};

describePage(
  'an explained policy',
  () => renderReport(result),
  (onPage) => {
    const shown = (page: Page) => page.locator('.explain-run').filter({ visible: true });

    it('shows the run that is chosen', async () => {
      await onPage({}, async (page) => {
        expect(await shown(page).count()).toBe(1);
        expect(await shown(page).locator('figcaption').textContent()).toContain('500 page frames');
        const groups = page.locator('.choose optgroup');
        expect(
          await groups.evaluateAll((all) => all.map((one) => one.getAttribute('label'))),
        ).toEqual(['feh', 'xpdf']);
        await page.getByLabel('Run').selectOption('1');
        expect(await shown(page).count()).toBe(1);
        expect(await shown(page).locator('figcaption').textContent()).toContain(
          '1,000 page frames',
        );
        await page.getByLabel('Run').selectOption('2');
        expect(await shown(page).locator('figcaption').textContent()).toContain('on xpdf');
      });
    });

    it('reads out the values at a sample, by pointer and by keys', async () => {
      await onPage({}, async (page) => {
        const run = shown(page);
        const values = (): Promise<string[]> => run.locator('.value').allTextContents();
        expect((await values()).join('')).toBe('');
        const chart = run.locator('.chart').first();
        await chart.scrollIntoViewIfNeeded();
        const box = (await chart.boundingBox())!;
        // The scale runs from 42 to 352 of 360: the third of four samples, after 300 references.
        await chart.hover({ position: { x: (box.width * (42 + 310 * 0.74)) / 360, y: 40 } });
        expect(await run.locator('.reading').textContent()).toBe('after 300 references');
        expect(await values()).toEqual(['11', '7', '2', '0.15', '6', '2', '12', '20', '20', '10']);
        expect(await run.locator('.crosshair[visibility=visible]').count()).toBe(5);
        await page.mouse.move(0, 0);
        expect((await values()).join('')).toBe('');
        await run.focus();
        await page.keyboard.press('Home');
        expect(await values()).toEqual(['0', '0', '–', '–', '0', '0', '0', '–', '–', '–']);
        await page.keyboard.press('ArrowRight');
        expect(await run.locator('.reading').textContent()).toBe('after 100 references');
        await page.keyboard.press('Escape');
        expect((await values()).join('')).toBe('');
      });
    });

    it('shows all runs without scripts, and is no wider than a small screen', async () => {
      const viewport = { width: 360, height: 700 };
      await onPage({ javaScriptEnabled: false, viewport }, async (page) => {
        expect(await shown(page).count()).toBe(3);
        expect(await page.locator('.choose').isVisible()).toBe(false);
      });
      await onPage({ viewport }, async (page) => {
        const width = await page.locator('html').evaluate((root) => root.scrollWidth);
        expect(width).toBeLessThanOrEqual(360);
      });
    });

    it('prints the chosen run, with no control', async () => {
      await onPage({}, async (page) => {
        await page.getByLabel('Run').selectOption('1');
        await page.emulateMedia({ media: 'print' });
        expect(await shown(page).locator('figcaption').allTextContents()).toHaveLength(1);
        expect(await page.locator('.choose').isVisible()).toBe(false);
      });
    });
  },
);
