// What an explained policy did, as text and as figures.

import { beforeAll, describe, expect, it } from 'vitest';
import { renderExplanations, renderReport } from '../../src/output/index.ts';
import { explainPanels, faultSpans } from '../../src/output/report/explain-panels.ts';
import type { SimExplanation, SimResult } from '../../src/result.ts';
import { madeExplanation, madeUp } from './made-up.ts';

let result: SimResult;

beforeAll(() => {
  result = { ...madeUp(), explanations: [madeExplanation({ frames: 500 })] };
});

const withRuns = (...runs: SimExplanation[]): SimResult => ({ ...madeUp(), explanations: runs });

/** The page without its style sheet, its script and its data. */
function bodyOf(html: string): string {
  return html.replaceAll(/<(style|script)[ >].*?<\/\1>/gs, '');
}

describe('as text', () => {
  it('is a table of gauges by memory size', () => {
    const text = renderExplanations(
      withRuns(madeExplanation({ frames: 500 }), madeExplanation({ frames: 1000 })),
      {},
    );
    expect(text).toMatchInlineSnapshot(`
      "craw-rm explained: feh  read cost 1, write cost 4  (400 references)
        frames                                 500                 1,000
        faults                                  30                    30
        write-backs                              5                     5
        T1                             8.6 (0..12)           8.6 (0..12)
        p (target)            0 to 6.5, 3.7 (0..7)  0 to 6.5, 3.7 (0..7)
        scanned per fault                2.33 (70)             2.33 (70)
        B1 hits per fault                 0.10 (3)              0.10 (3)
        resident: referenced           5.6 (0..10)           5.6 (0..10)
        resident: dirty                 2.6 (0..5)            2.6 (0..5)

      Lists and bits in pages: the mean, in brackets the least and the most; before it a target's start and end.
      Events: per fault, in brackets how many.
      "
    `);
  });

  it('breaks into as many tables as the width asks for', () => {
    const runs = [100, 200, 300, 400].map((frames) => madeExplanation({ frames }));
    const text = renderExplanations(withRuns(...runs), { width: 70 });
    expect(text.match(/^ {2}frames/gm)).toHaveLength(2);
    const table = text.split('\n\n')[0]!;
    for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(70);
    const narrow = renderExplanations(withRuns(...runs), { width: 10 });
    expect(narrow.match(/^ {2}frames/gm)).toHaveLength(4);
  });

  it('is nothing where no policy was explained', () => {
    expect(renderExplanations(madeUp(), {})).toBe('');
    expect(bodyOf(renderReport(madeUp()))).not.toContain('explain');
  });
});

describe('panels', () => {
  it('hold sizes with targets, frequent events, rare ones, bits and traffic', () => {
    const panels = explainPanels(madeExplanation({ frames: 500 }));
    expect(panels.map(({ series }) => series.map(({ name }) => name))).toEqual([
      ['T1', 'p'],
      ['scanned'],
      ['B1 hits'],
      ['reference bit', 'dirty', 'resident'],
      ['faults', 'cold faults', 'write-backs'],
    ]);
    expect(panels[0]!.series[1]!.isTarget).toBe(true);
  });

  it('state events over spans of windows with faults enough, and rates over references', () => {
    const run = madeExplanation({ frames: 500 });
    // 0, 10, 0, 2, 18 faults: 7 a window on average.
    expect(faultSpans(run)).toEqual([
      { first: 1, last: 1 },
      { first: 2, last: 4 },
    ]);
    const [, events, , , traffic] = explainPanels(run);
    expect(events!.series[0]!.values).toEqual([null, 3, 2, 2, 2]);
    expect(traffic!.series[0]!.values).toEqual([null, 100, 0, 20, 180]);
  });

  it('leave out what a policy does not show', () => {
    const panels = explainPanels({ ...madeExplanation({ frames: 500 }), gauges: [] });
    expect(panels.map(({ drawn }) => drawn)).toEqual(['level', 'rate']);
  });

  it('know a run without a fault', () => {
    const run = madeExplanation({ frames: 500 });
    const none = run.samples.faults.map(() => 0);
    const quiet = { ...run, faults: 0, samples: { ...run.samples, faults: none } };
    expect(faultSpans(quiet)).toEqual([]);
    const events = explainPanels(quiet).find(({ drawn }) => drawn === 'per-fault');
    expect(events!.series[0]!.values).toEqual([null, null, null, null, null]);
    expect(bodyOf(renderReport(withRuns(quiet)))).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('in the report', () => {
  it('is a figure of its own, numbered after the others', () => {
    const html = renderReport(result);
    expect(html).toContain('What craw-rm did');
    expect(html).toContain('<b>Figure 2.</b> craw-rm on feh, 500 page frames');
    expect(bodyOf(html)).not.toMatch(/NaN|undefined|Infinity/);
    expect(html).toBe(renderReport(result));
  });

  it('takes names from the input as text', () => {
    const run = madeExplanation({ frames: 500 });
    const [first, ...rest] = run.gauges;
    const named = { ...first!, name: '<b>T1', says: '"><img src=x>' };
    const html = renderReport(withRuns({ ...run, policy: '<i>x', gauges: [named, ...rest] }));
    expect(html).not.toMatch(/<i>x|<b>T1|<img/);
    expect(html).toContain('&lt;b&gt;T1');
  });

  it('offers a choice of runs only where there is one', () => {
    expect(bodyOf(renderReport(result))).not.toContain('<select');
    const two = withRuns(madeExplanation({ frames: 500 }), madeExplanation({ frames: 1000 }));
    expect(renderReport(two).match(/<option/g)).toHaveLength(2);
  });
});
