// A rendered page in a real Chromium, opened from disk as a reader does: what the tests of every
// page share. Suites are skipped, and say so, where Chromium is missing.

import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';

const executablePath = '/usr/bin/chromium';
const present = existsSync(executablePath);
const reason = present ? '' : ` (skipped: no ${executablePath})`;

const args =
  '--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update --disable-sync';

/** Runs on a fresh page and then checks that nothing was fetched and nothing complained. */
export type OnPage = (
  options: BrowserContextOptions,
  act: (page: Page) => Promise<void>,
) => Promise<void>;

/** A suite over one page. `render` gives its HTML; `tests` declares the tests. */
export function describePage(
  title: string,
  render: () => string,
  tests: (onPage: OnPage) => void,
): void {
  describe.skipIf(!present)(`${title} in Chromium${reason}`, () => {
    let browser: Browser;
    let folder: string;
    let address: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'pagelend-page-'));
      const file = join(folder, 'page.html');
      await writeFile(file, render());
      address = pathToFileURL(file).href;
      browser = await chromium.launch({ executablePath, args: args.split(' ') });
    });

    afterAll(async () => {
      await browser?.close();
      await rm(folder, { recursive: true, force: true });
    });

    tests(async (options, act) => {
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
    });
  });
}

/** How many elements match and can be seen. */
export function visible(page: Page, selector: string): Promise<number> {
  return page.locator(selector).filter({ visible: true }).count();
}
