// The hog on the host, where its memory can be looked into and spoiled: its content against the
// twin, what it compresses to, and that each kind of damage is told as what it is.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { compressPage } from '@pagelend/codec';
import { afterEach, describe, expect, it } from 'vitest';
import { findProgram } from '../src/needs.ts';
import { buildProgram } from '../src/programs/build.ts';
import { type HogContent, hogPage } from '../src/programs/hog-content.ts';

const PAGE_COUNT = 256;
const even: HogContent = { seed: 42n, compressiblePercent: 60 };
const mixed: HogContent = { ...even, pattern: 'mixed', zeroPercent: 10 };

class NativeHog {
  static readonly running: NativeHog[] = [];
  readonly child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #memory: FileHandle | null = null;
  #address = 0;

  private constructor(child: ChildProcess) {
    this.child = child;
    this.#lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    NativeHog.running.push(this);
  }

  static async start(content: HogContent): Promise<NativeHog> {
    const { seed, compressiblePercent, pattern = 'even', zeroPercent = 0 } = content;
    const child = spawn(await buildProgram('hog'), [
      ...['--bytes', String(PAGE_COUNT * 4096), '--seed', String(seed)],
      ...['--compressible', String(compressiblePercent)],
      ...['--pattern', pattern, '--zero', String(zeroPercent)],
    ]);
    const hog = new NativeHog(child);
    const found = /^ready pages (\d+) address 0x([0-9a-f]+)$/.exec(await hog.line());
    expect(Number(found![1])).toBe(PAGE_COUNT);
    hog.#address = Number.parseInt(found![2]!, 16);
    hog.#memory = await open(`/proc/${child.pid}/mem`, 'r+');
    return hog;
  }

  async ask(command: string): Promise<string> {
    this.child.stdin!.write(`${command}\n`);
    return this.line();
  }

  async line(): Promise<string> {
    const { value } = await this.#lines.next();
    return value ?? '';
  }

  async page(index: number): Promise<Buffer> {
    const [, found, hex] = /^page (\d+) ([0-9a-f]{8192})$/.exec(await this.ask(`dump ${index}`))!;
    expect(Number(found)).toBe(index);
    return Buffer.from(hex!, 'hex');
  }

  async spoil(page: number, at: number, bytes: Buffer): Promise<void> {
    await this.#memory!.write(bytes, 0, bytes.length, this.#address + page * 4096 + at);
  }

  async end(): Promise<number | null> {
    await this.#memory?.close();
    this.#memory = null;
    if (this.child.exitCode === null) {
      this.child.stdin!.write('quit\n');
      await once(this.child, 'exit');
    }
    return this.child.exitCode;
  }
}

afterEach(async () => {
  for (const hog of NativeHog.running.splice(0)) await hog.end();
});

const hex = (bytes: Buffer): string => bytes.readBigUInt64LE().toString(16).padStart(16, '0');

describe.skipIf(findProgram('gcc') === null)('the hog [skipped where gcc is absent]', () => {
  it.each([
    ['even', even],
    ['mixed with zero pages', mixed],
    ['compressible as a whole', { seed: 2n ** 64n - 1n, compressiblePercent: 100 }],
    ['not compressible', { seed: 0n, compressiblePercent: 0 }],
  ])('fills its pages as the twin does: %s', async (_, content) => {
    const hog = await NativeHog.start(content);
    for (const page of [0, 1, 77, PAGE_COUNT - 1]) {
      expect(await hog.page(page)).toEqual(hogPage(content, page, 0));
    }
    expect(await hog.ask('rewrite 1')).toBe(`rewritten ${PAGE_COUNT}`);
    expect(await hog.ask('rewrite 1')).toBe(`rewritten ${PAGE_COUNT}`);
    for (const page of [0, 200]) expect(await hog.page(page)).toEqual(hogPage(content, page, 2));
    expect(await hog.ask('verify')).toBe(`verified ${PAGE_COUNT}`);
    expect(await hog.end()).toBe(0);
  });

  it('rewrites a share of its pages, another one each time, and the same in each run', async () => {
    const [one, other] = [await NativeHog.start(even), await NativeHog.start(even)];
    const first = await one.ask('rewrite 0.25');
    const count = Number(/^rewritten (\d+)$/.exec(first)![1]);
    // 256 draws of a quarter: 64, and within six standard deviations of it.
    expect(Math.abs(count - 64)).toBeLessThan(42);
    expect(await other.ask('rewrite 0.25')).toBe(first);
    const changed = async (hog: NativeHog): Promise<number[]> => {
      const pages: number[] = [];
      for (let page = 0; page < PAGE_COUNT; page++) {
        if (!(await hog.page(page)).equals(hogPage(even, page, 0))) pages.push(page);
      }
      return pages;
    };
    const pages = await changed(one);
    expect(pages).toHaveLength(count);
    expect(await changed(other)).toEqual(pages);
    await one.ask('rewrite 0.25');
    expect((await changed(one)).length).toBeGreaterThan(count);
    expect(await one.ask('touch 1')).toBe(`touched ${PAGE_COUNT}`);
  });

  it('tells a flipped bit, and where', async () => {
    const hog = await NativeHog.start(even);
    const good = hogPage(even, 9, 0).subarray(8 * 511, 8 * 512);
    const bad = Buffer.from(good);
    bad[3]! ^= 0x10;
    await hog.spoil(9, 8 * 511, bad);
    expect(await hog.ask('verify')).toBe(
      `damaged page 9 word 511 expected ${hex(good)} found ${hex(bad)}`,
    );
    expect(await hog.line()).toBe(`damaged 1 of ${PAGE_COUNT}`);
    await hog.spoil(9, 8 * 511, good);
    expect(await hog.ask('verify')).toBe(`verified ${PAGE_COUNT}`);
  });

  it('tells a lost page, one of before, another one, and a torn one', async () => {
    const hog = await NativeHog.start(even);
    await hog.ask('rewrite 1');
    const now = hogPage(even, 6, 1);
    await hog.spoil(3, 0, Buffer.alloc(4096));
    await hog.spoil(4, 0, hogPage(even, 4, 0));
    await hog.spoil(5, 0, hogPage(even, 7, 1));
    await hog.spoil(6, 2048, hogPage(even, 6, 0).subarray(2048));
    expect(await hog.ask('verify')).toMatch(/^damaged page 3 word 0 .* \(zero\)$/);
    expect(await hog.line()).toMatch(/^damaged page 4 word 0 .* \(its generation 0 of 1\)$/);
    expect(await hog.line()).toMatch(/^damaged page 5 word 0 .* \(page 7\)$/);
    expect(await hog.line()).toMatch(/^damaged page 6 word 256 .* \(its generation 0 of 1\)$/);
    expect(await hog.line()).toBe(`damaged 4 of ${PAGE_COUNT}`);
    expect((await hog.page(6)).subarray(0, 2048)).toEqual(now.subarray(0, 2048));
  });

  it('counts the pages that are out', async () => {
    const hog = await NativeHog.start(even);
    const [, word, count] = /^(\w+) (\d+)$/.exec(await hog.ask('out'))!;
    expect(word).toBe('swapped');
    expect(Number(count)).toBeLessThanOrEqual(PAGE_COUNT);
    expect(await hog.ask('verify')).toBe(`verified ${PAGE_COUNT}`);
    expect(await hog.ask('swapped')).toBe('swapped 0');
    expect(await hog.ask('dance')).toBe('failed unknown command: dance');
  });

  it('does not start with what it cannot do', async () => {
    const program = await buildProgram('hog');
    for (const args of [[], ['--bytes', '4095', '--seed', '1'], ['--bytes'], ['--size', '1']]) {
      const child = spawn(program, args, { stdio: 'ignore' });
      const [status] = await once(child, 'exit');
      expect(status).toBe(2);
    }
  });
});

describe('what the pages compress to', () => {
  const meanOf = (content: HogContent): number => {
    let bytes = 0;
    for (let page = 0; page < 200; page++) {
      bytes += Math.min(4096, compressPage(hogPage(content, page, 0)).length);
    }
    return bytes / 200 / 4096;
  };

  it.each([0, 25, 50, 60, 90, 100])('%i percent compressible', (compressiblePercent) => {
    // One percent for lengths and distances.
    const left = meanOf({ seed: 5n, compressiblePercent }) - (1 - compressiblePercent / 100);
    expect(Math.abs(left)).toBeLessThan(0.01);
  });

  it('mixed pages differ, and have the same mean', () => {
    const content: HogContent = { seed: 5n, compressiblePercent: 60, pattern: 'mixed' };
    expect(Math.abs(meanOf(content) - 0.4)).toBeLessThan(0.03);
    const lengths = Array.from({ length: 50 }, (_, page) => {
      return compressPage(hogPage(content, page, 0)).length;
    });
    expect(Math.max(...lengths) - Math.min(...lengths)).toBeGreaterThan(2000);
  });

  it('a share of pages is zero', () => {
    const content: HogContent = { seed: 5n, compressiblePercent: 60, zeroPercent: 20 };
    const zero = Buffer.alloc(4096);
    let count = 0;
    for (let page = 0; page < 1000; page++) count += Number(hogPage(content, page, 0).equals(zero));
    // 1000 draws of a fifth: 200, and within six standard deviations of it.
    expect(Math.abs(count - 200)).toBeLessThan(76);
  });
});
