// The page of curves in a real Chromium, opened from disk as a reader does.

import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderCurveCsv, renderCurvePage } from '../../../src/output/index.ts';
import { madeUpCurves } from './made-up-curves.ts';

const executablePath = '/usr/bin/chromium';
const present = existsSync(executablePath);
const reason = present ? '' : ` (skipped: no ${executablePath})`;

const args =
  '--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update --disable-sync';

const hostile = '</script><img src=x onerror=alert(1)>.plt';
const result = madeUpCurves({ traces: ['runs/feh.plt', hostile], sampled: true });

describe.skipIf(!present)(`the page of curves in Chromium${reason}`, () => {
  let browser: Browser;
  let folder: string;
  let address: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pagelend-curves-'));
    const file = join(folder, 'curves.html');
    await writeFile(file, renderCurvePage(result));
    address = pathToFileURL(file).href;
    browser = await chromium.launch({ executablePath, args: args.split(' ') });
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs on a fresh page and then checks that nothing was fetched and nothing complained. */
  async function onPage(
    options: BrowserContextOptions,
    act: (page: Page) => Promise<void>,
  ): Promise<void> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const troubles: string[] = [];
    page.on('console', (message) => troubles.push(message.text()));
    page.on('pageerror', (error) => troubles.push(String(error)));
    page.on('request', (request) => {
      if (request.url() !== address && !/^(data|blob):/.test(request.url())) {
        troubles.push(`request ${request.url()}`);
      }
    });
    await page.goto(address);
    await act(page);
    await context.close();
    expect(troubles).toEqual([]);
  }

  const visible = (page: Page, selector: string): Promise<number> =>
    page.locator(selector).filter({ visible: true }).count();

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
});
