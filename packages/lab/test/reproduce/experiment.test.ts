// The configuration that is shipped, what is wrong with others, and the rule for memory sizes.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parsePolicyList } from '@pagelend/policies';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadExperiment, parseExperiment } from '../../src/reproduce/experiment.ts';
import { frameCountsFor } from '../../src/reproduce/frame-counts.ts';
import { codeOf, scratch } from '../helpers.ts';

const path = fileURLToPath(new URL('../../../../experiments/craw-rm.json', import.meta.url));
const shipped = loadExperiment(path);
const { write } = scratch();

describe('the shipped configuration', () => {
  test('has what the paper states', () => {
    expect(shipped.frames.paper).toEqual([500, 1000, 1500, 2000]);
    expect(shipped.writeCosts).toEqual([2, 4, 8]);
    expect(shipped.published).toMatchObject({
      savedOverClockPercent: 23.5,
      savedOverCarPercent: 22.8,
    });
    expect(shipped.workloads.map(({ name }) => name)).toEqual([
      'viewer',
      'game',
      'player',
      'images',
    ]);
    expect(parsePolicyList(shipped.policies.join(','))).toHaveLength(6);
  });
});

describe('a wrong configuration names what was expected where', () => {
  const valid = JSON.parse(readFileSync(path, 'utf8'));
  test.each([
    ['near_points', 0, 'near_points: expected a number above 0'],
    ['write_costs', [], 'write_costs: expected a list, not empty'],
    ['write_costs', [2, '4'], 'write_costs[1]: expected a number above 0'],
    ['policies', ['clock', 'car'], 'policies: expected a list with craw, craw-rm'],
    ['frames', 7, 'frames: expected an object'],
    ['workloads', [{ name: '../etc', title: 'x' }], 'expected a name of letters'],
    ['published', { ...valid.published, converging: null }, 'converging: expected an object'],
  ])('%s', (key, value, says) => {
    expect(() => parseExperiment({ ...valid, [key]: value }, 'own.json')).toThrow(says);
    expect(() => parseExperiment({ ...valid, [key]: value }, 'own.json')).toThrow('own.json: ');
  });

  test.each([null, 3, 'text', []])('%j is none', (value) => {
    expect(() => parseExperiment(value, 'own.json')).toThrow('expected');
  });

  test('a file that is missing or no JSON has the same code', async () => {
    expect(await codeOf(() => loadExperiment('none.json'))).toBe('LAB_EXPERIMENT');
    expect(await codeOf(() => loadExperiment(write('bad.json', '{')))).toBe('LAB_EXPERIMENT');
  });
});

describe('memory sizes', () => {
  const rule = { ...shipped.frames, curveSizes: 4 };

  test('lie evenly over footprint and paper’s range, and hold the paper’s', () => {
    expect(frameCountsFor(4000, rule)).toEqual([
      200, 500, 875, 1000, 1150, 1250, 1500, 1625, 2000, 2100, 3050,
    ]);
  });

  test('end below a small footprint, but for the paper’s', () => {
    expect(frameCountsFor(600, rule)).toEqual([50, 188, 325, 463, 500, 1000, 1500, 2000]);
    expect(frameCountsFor(10, rule)).toEqual([500, 1000, 1500, 2000]);
  });

  test('ascend, each once, whatever the footprint', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000_000 }), (pages) => {
        const counts = frameCountsFor(pages, shipped.frames);
        expect(counts).toEqual([...new Set(counts)].sort((a, b) => a - b));
        expect(counts).toEqual(expect.arrayContaining([...rule.paper]));
        for (const frames of counts) {
          expect(Number.isInteger(frames) && frames > 0).toBe(true);
          expect(frames < pages || rule.paper.includes(frames)).toBe(true);
        }
      }),
    );
  });
});
