// What `reproduce craw-rm` prints and its page as text: structure, escaping, determinism.

import { describe, expect, it } from 'vitest';
import { renderCrawRm, renderCrawRmPage } from '../../src/output/index.ts';
import { madeUpResult, type PointOf, workload } from '../reproduce/made-up.ts';

const saves = ({ policy, workload: name, frames }: PointOf): number =>
  policy === 'car' ? 0 : name === 'player' && frames === 2000 ? 0 : 20;

const result = madeUpResult(saves);

function count(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}

describe('renderCrawRm', () => {
  const text = renderCrawRm(result);

  it('states averages beside the published ones, and that the policies are reconstructions', () => {
    expect(text).toMatch(/^A made-up experiment, measured here\. .* reconstructions\.\n/);
    expect(text).toMatch(/^ {2}published +23\.5 +22\.8 +nearly equal$/m);
    expect(text).toMatch(
      /^ {4}write cost 2 +15\.0 +\(16\.7\) +15\.0 +\(16\.7\) +15\.0 +\(16\.7\) +0\.0 +\(0\.0\)$/m,
    );
    expect(text).toContain("craw-rm:link=lazy, the paper's sizes");
    expect(text).toContain('craw-rm, all sizes below the footprint');
  });

  it('gives each workload at the paper’s sizes', () => {
    expect(text).toContain('document viewer (1,000 references, 4,000 pages)');
    expect(text).toMatch(/^ {4}frames +500 +2,000 +500 +2,000$/m);
    expect(text).toMatch(/^ {4}craw-rm +80\.0 +80\.0 +80\.0 +80\.0$/m);
    expect(text).toMatch(/^ {4}craw-rm +80\.0 +100\.0 +80\.0 +100\.0$/m);
  });

  it('says what agrees, and in how many cases', () => {
    expect(text).toMatch(
      /^ {2}agrees +8 of 8 {2}CRAW and CRAW-RM take less I\/O time than CLOCK$/m,
    );
    expect(text).toMatch(/^ {2}disagrees +0 of 4 {2}CRAW-RM saves 23\.5 % /m);
  });
});

describe('renderCrawRmPage', () => {
  const html = renderCrawRmPage(result);

  it('draws a panel per workload and write cost in every view, with the paper’s sizes marked', () => {
    expect(count(html, /<figure /g)).toBe(2);
    expect(count(html, /<section class="panel">/g)).toBe(4);
    expect(count(html, /<svg class="chart /g)).toBe(16);
    expect(count(html, /<path class="marked"/g)).toBe(16 * 2);
    expect(html).toContain('<span class="letter">(b)</span> media player');
    expect(html).toContain('Dotted lines mark the paper\u2019s sizes, 500 and 2000 frames.');
  });

  it('says what agrees, by which rule, and that the policies are reconstructions', () => {
    expect(count(html, /<li class="claim /g)).toBe(7);
    expect(html).toContain('<li class="claim disagrees"><b class="verdict">Disagrees</b>');
    expect(html).toContain('A case agrees where both save I/O time on average: 8 of 8.');
    expect(html).toContain('<b>CRAW and CRAW-RM are reconstructions</b>');
    expect(html).toContain(
      'On average over the paper\u2019s sizes CRAW-RM saves 15.0\u00a0% of CLOCK\u2019s I/O time, ',
    );
    expect(html.split('<script')[0]).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('carries every row, and shows those at the paper’s sizes', () => {
    const embedded = /id="pagelend-result">(.*?)<\/script>/s.exec(html)![1]!;
    expect(JSON.parse(embedded)).toEqual(result);
    expect(html).toContain('document viewer <small>24 rows</small>');
  });

  it('is the same bytes for the same result, and refers to nothing outside itself', () => {
    expect(renderCrawRmPage(madeUpResult(saves))).toBe(html);
    expect(html).not.toMatch(/https?:\/\/|@import|url\(/);
    expect(html).toContain("default-src 'none'");
  });

  it('escapes what recordings say of themselves', () => {
    const hostile = '</script><img src=x onerror=alert(1)>"\'&';
    const own = { ...workload('viewer', [500, 2000]), origin: hostile, title: hostile };
    const page = renderCrawRmPage(madeUpResult(saves, [own]));
    expect(page).not.toContain('<img');
    expect(count(page, /<\/script>/g)).toBe(3);
  });

  it('stands the paper’s sizes alone', () => {
    const quick = renderCrawRmPage(madeUpResult(saves, [workload('viewer', [500, 2000])]));
    expect(quick).not.toContain('more each');
  });
});
