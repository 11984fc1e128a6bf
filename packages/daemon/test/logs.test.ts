// What is logged seldom, and the sizes and addresses that messages and settings are written in.

import { expect, test } from 'vitest';
import { addressText, isLoopback, parseAddress } from '../src/addresses.ts';
import { rarely } from '../src/logs.ts';
import { parseSize, sizeText } from '../src/sizes.ts';

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
