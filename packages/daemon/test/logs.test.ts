// What is logged seldom, and the sizes and addresses that messages and settings are written in.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { SLOT_COUNT_MAX } from '@pagelend/store';
import { expect, test } from 'vitest';
import { addressText, isLoopback, parseAddress } from '../src/addresses.ts';
import { busily, rarely } from '../src/logs.ts';
import { LEASE_BYTES_MAX, parseSize, sizeText } from '../src/sizes.ts';

test('a flood is one line in ten seconds, with how many it stands for', () => {
  const lines: object[] = [];
  let now = 0;
  const log = rarely(
    (fields) => lines.push(fields),
    () => now,
  );
  for (; now < 25_000; now += 10) log({ peer: 'a' }, 'refused');
  expect(lines).toEqual([
    { peer: 'a' },
    { peer: 'a', suppressed: 999 },
    { peer: 'a', suppressed: 999 },
  ]);
});

test('many lines a second are at level debug, with a word of that', () => {
  const lines: string[] = [];
  const write = (level: string) => (_: object, message: string) => lines.push(level + message);
  const levels = { error: write('e '), warn: write('w '), info: write('i '), debug: write('d ') };
  let now = 0;
  const log = busily(levels, 2, () => now);
  for (; now < 1500; now += 250) log({}, 'attached');
  expect(lines).toEqual([
    ...['i attached', 'i attached', 'd attached', 'i more lines like the last are at level debug'],
    ...['d attached', 'i attached', 'i attached'],
  ]);
});

test.each([true, false])(
  'a reader that stands still stops nobody (short lines: %s)',
  async (isTerminal) => {
    const built = new URL('../dist/logs.js', import.meta.url).href;
    const script = `
      const { openLog } = await import(${JSON.stringify(built)});
      const { log, flush } = openLog('info', ${isTerminal});
      for (let i = 0; i < 3000; i++) log.info({ text: 'x'.repeat(1000) }, 'm');
      await new Promise((resolve) => setTimeout(resolve, 50));
      flush();
      process.exit(7);`;
    // Nothing reads its stderr, and a pipe holds 64 KiB.
    const line = '"$0" --input-type=module -e "$1" 2> >(exec sleep 20)';
    const words = ['-c', line, process.execPath, script];
    const child = spawn('bash', words, { stdio: 'ignore' });
    const [status] = await once(child, 'exit');
    expect(status).toBe(7);
  },
  20_000,
);

test('the largest lease is the one that a pool has slots for', () => {
  expect(LEASE_BYTES_MAX).toBe(SLOT_COUNT_MAX * 4096);
});

test('sizes', () => {
  const sizes: readonly [text: string, bytes: number | null][] = [
    ['4096', 4096],
    ['64MiB', 2 ** 26],
    ['512m', 2 ** 29],
    ['1.5GiB', 3 * 2 ** 29],
    ['2 TiB', 2 ** 41],
    ['8k', 8192],
    ['0', null],
    ['-1', null],
    ['', null],
    ['1GB', null],
    ['1e3', null],
    ['0.3k', null],
    ['9999999TiB', null],
  ];
  for (const [text, bytes] of sizes) expect(parseSize(text), text).toBe(bytes);
  for (const bytes of [1, 4096, 4097, 2 ** 26, 3 * 2 ** 40]) {
    expect(parseSize(sizeText(bytes))).toBe(bytes);
  }
});

test('addresses', () => {
  expect(parseAddress('[::1]:7', 1)).toEqual({ host: '::1', port: 7 });
  expect(parseAddress('box.example', 1)).toEqual({ host: 'box.example', port: 1 });
  expect(addressText({ host: '::', port: 7 })).toBe('[::]:7');
  for (const wrong of [
    '',
    ':1',
    '::1',
    '::1:7',
    '[1.2.3.4]:1',
    'a:b',
    'a:1:2',
    'a b:1',
    'x:70000',
  ]) {
    expect(parseAddress(wrong, 1), wrong).toBeNull();
  }
  expect(['127.0.0.1', '127.9.9.9', '::1', 'localhost'].every(isLoopback)).toBe(true);
  expect(['0.0.0.0', '::', '10.0.0.1', '127.example', '128.0.0.1'].some(isLoopback)).toBe(false);
});
