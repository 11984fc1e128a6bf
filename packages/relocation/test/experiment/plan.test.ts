// Which runs there are and in which order; what goes together and what does not.

import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadConfiguration, parseConfiguration } from '../../src/experiment/configuration.ts';
import { type PlanOptions, planOf } from '../../src/experiment/plan.ts';

const path = fileURLToPath(new URL('../../../../experiments/relocation.json', import.meta.url));
const configuration = loadConfiguration(path);
const MIB = 2 ** 20;

const plan = (options: PlanOptions = {}, kind: 'uml' | 'tcg' = 'uml') =>
  planOf(configuration, kind, options);

describe('the plan', () => {
  it('goes through all configurations in each round, every second one backwards', () => {
    const { runs } = plan({ rounds: 2, regimes: ['pressure'] });
    expect(runs.map(({ configuration: name, round }) => `${name} ${round}`)).toEqual([
      ...['lent 1', 'zram 1', 'nbdkit 1', 'disk 1'],
      ...['disk 2', 'nbdkit 2', 'zram 2', 'lent 2'],
    ]);
  });

  it('has no run without swap under pressure, and nbdkit only where jobs swap', () => {
    const { runs } = plan();
    const names = (regime: string) =>
      new Set(runs.filter((run) => run.regime === regime).map(({ configuration: name }) => name));
    expect(names('pressure')).toEqual(new Set(['lent', 'zram', 'nbdkit', 'disk']));
    expect(names('clean')).toEqual(new Set(['lent', 'zram', 'disk', 'none']));
    const asked = plan({ regimes: ['clean'], configurations: ['nbdkit'], rounds: 1 });
    expect(asked.runs).toHaveLength(1);
  });

  it('sweeps sizes of the hog with lent and zram, where both are compared', () => {
    const sweep = plan().runs.filter(({ purpose }) => purpose === 'sweep');
    expect(new Set(sweep.map(({ configuration: name }) => name))).toEqual(
      new Set(['lent', 'zram']),
    );
    expect(sweep.every(({ regime }) => regime === 'clean')).toBe(true);
    expect(sweep.map(({ hogBytes }) => hogBytes / MIB)).toEqual([32, 32, 128, 128]);
    const without: PlanOptions[] = [
      { hasSweep: false },
      { configurations: ['lent', 'disk'] },
      { regimes: ['pressure'] },
    ];
    for (const options of without) {
      expect(plan(options).runs.filter(({ purpose }) => purpose === 'sweep')).toEqual([]);
    }
  });

  it('scales with the memory, and takes what is asked for', () => {
    expect(plan({ memoryBytes: 512 * MIB }).runs[0]!.hogBytes).toBe(128 * MIB);
    const own = plan({
      hogBytes: 40 * MIB,
      pressureHogBytes: 200 * MIB,
      rounds: 1,
      hasSweep: false,
    });
    expect(new Set(own.runs.map(({ regime, hogBytes }) => `${regime} ${hogBytes / MIB}`))).toEqual(
      new Set(['clean 40', 'pressure 200']),
    );
    expect(plan({ isFull: true }).memoryBytes).toBe(1024 * MIB);
    expect(plan({}, 'tcg').jobFiles).toBe(1);
  });

  it('gives the job as many files as asked for, and no more than there are', () => {
    expect(plan({ jobFiles: 13 }).jobFiles).toBe(13);
    expect(() => plan({ jobFiles: 14 })).toThrow(/--job-files 14: .* at most 13 files/);
    expect(() => plan({ jobFiles: 6 }, 'tcg')).toThrow(/at most 5 files/);
  });

  it('refuses a hog that fills the guest, and plans without a run', () => {
    expect(() => plan({ hogBytes: 250 * MIB })).toThrow(/250 MiB in a guest of 256 MiB/);
    expect(() => plan({ hogBytes: 250 * MIB, regimes: ['pressure'] })).not.toThrow();
    expect(() => plan({ regimes: ['pressure'], configurations: ['none'] })).toThrow(
      /nothing to run/,
    );
  });
});

describe('the configuration', () => {
  it('has the paper’s number', () => {
    expect(configuration.published.gain_percent).toBe(32);
  });

  it('names the key that is wrong', () => {
    const value = {
      ...configuration,
      sizes: { ...configuration.sizes, full: { memory: 'much' } },
    };
    // Sizes are parsed already here, so the first that is no text is named.
    expect(() => parseConfiguration(value, 'own.json')).toThrow(
      /^own\.json: published\.guest_memory: /,
    );
    expect(() => loadConfiguration('/nowhere.json')).toThrow(/\/nowhere\.json: cannot be read/);
  });
});
