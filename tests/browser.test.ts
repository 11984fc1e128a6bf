// The policies run in a browser as they do in Node: the built modules, served as they are, count the
// same there.

import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as policiesRoom from '@pagelend/policies';
import { synthesize } from '@pagelend/trace';
import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';

const CHROMIUM = '/usr/bin/chromium';
const CHROMIUM_FLAGS =
  '--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update --disable-sync';
const dist = fileURLToPath(new URL('../packages/policies/dist', import.meta.url));

const spec = {
  references: 20_000,
  seed: 7,
  parts: [
    { pattern: 'zipf' as const, pages: 400, weight: 3 },
    { pattern: 'loop' as const, pages: 120 },
  ],
};

/** Drives each policy that needs no future one reference at a time; runs as text in the browser too. */
function faultsOf(room: typeof policiesRoom, references: number[]): Record<string, number> {
  const frames = 100;
  const faults: Record<string, number> = {};
  for (const definition of room.policies) {
    if (definition.observes === 'future') continue;
    const table = new room.PageTable(520, { offers: 'every-reference' });
    const options = room.optionsOf(definition, new Map());
    const policy = room.createPolicy(definition, {
      table,
      frames,
      options,
      costs: { read: 1, write: 4 },
    });
    let count = 0;
    for (const reference of references) {
      const page = reference >>> 1;
      const op = (reference & 1) as policiesRoom.Op;
      if (table.isResident(page)) {
        if (table.reference(page, op)) policy.touch?.(page, op);
        continue;
      }
      count++;
      if (table.residentCount === frames) table.evict(policy.victim(page, op));
      table.admit(page, op, room.admissionTraps(policy));
      policy.fault(page, op);
    }
    faults[definition.name] = count;
  }
  return faults;
}

test('policies count in Chromium what they count in Node', async (context) => {
  if (!existsSync(CHROMIUM)) context.skip(`needs ${CHROMIUM} (apt-get install -y chromium)`);
  const server = createServer((request, response) => {
    const isModule = request.url?.endsWith('.js') === true;
    response.setHeader('content-type', isModule ? 'text/javascript' : 'text/html');
    response.end(isModule ? readFileSync(join(dist, request.url)) : '<title>policies</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: CHROMIUM_FLAGS.split(' '),
  });
  try {
    const references = [...synthesize(spec)].flatMap((chunk) => [...chunk]);
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const script = `import('/index.js').then((room) => (${faultsOf})(room, ${JSON.stringify(references)}))`;
    const there = await page.evaluate(script);
    const here = faultsOf(policiesRoom, references);
    expect(Object.keys(here).length).toBeGreaterThanOrEqual(9);
    expect(there).toEqual(here);
  } finally {
    await browser.close();
    server.close();
  }
});
