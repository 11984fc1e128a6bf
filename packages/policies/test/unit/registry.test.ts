// How a user asks for a policy and its options, and what each mistake is answered with: an error
// with a stable code and one line that says what was expected.

import {
  createPolicy,
  describeOption,
  findPolicy,
  isObservation,
  isPolicyFile,
  mustFindPolicy,
  NEVER,
  offersEnough,
  optionsOf,
  PageTable,
  PolicyError,
  type PolicyErrorCode,
  parsePolicyList,
  parsePolicySpec,
  policies,
  policyErrors,
  resolveOptions,
} from '@pagelend/policies';
import { describe, expect, test } from 'vitest';
import { resolve } from '../host.ts';

/** Expects a PolicyError of one line whose message holds every one of the words. */
function expectError(run: () => unknown, code: PolicyErrorCode, ...words: string[]): void {
  let thrown: unknown;
  try {
    run();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(PolicyError);
  const { code: actual, message } = thrown as PolicyError;
  expect(actual).toBe(code);
  expect(policyErrors).toHaveProperty(code);
  expect(message).not.toContain('\n');
  for (const word of words) expect(message).toContain(word);
}

describe('parsePolicySpec', () => {
  test('a name alone, and a name with options', () => {
    expect(parsePolicySpec('clock')).toEqual({ asked: 'clock', name: 'clock', options: new Map() });
    const { asked, name, options } = parsePolicySpec('craw:start=0.5:link=lazy');
    expect([asked, name]).toEqual(['craw:start=0.5:link=lazy', 'craw']);
    expect([...options]).toEqual([
      ['start', '0.5'],
      ['link', 'lazy'],
    ]);
  });

  test('a file with options is split as a name is', () => {
    const { name, options } = parsePolicySpec('./mine.ts:depth=2');
    expect([name, options.get('depth')]).toEqual(['./mine.ts', '2']);
  });

  test.each(['clock:', 'clock:init', 'clock:init=', 'clock:=0', 'clock:init=0:init=1', 'clock::'])(
    '%s is no key=value',
    (text) => expectError(() => parsePolicySpec(text), 'POLICY_SYNTAX', `'${text}'`, 'key=value'),
  );

  test.each(['', ':init=0'])("'%s' has no name", (text) =>
    expectError(() => parsePolicySpec(text), 'POLICY_SYNTAX', 'NAME'),
  );
});

describe('parsePolicyList', () => {
  test('keeps the order, drops blanks around commas and repeated entries', () => {
    const names = parsePolicyList('lru, clock:init=0 ,lru,clock').map(({ asked }) => asked);
    expect(names).toEqual(['lru', 'clock:init=0', 'clock']);
  });

  test.each(['', 'lru,', ',lru', 'lru,,arc'])("'%s' lacks an entry", (text) =>
    expectError(() => parsePolicyList(text), 'POLICY_SYNTAX'),
  );
});

describe('names', () => {
  test('are those of the documents, each once, in lower case', () => {
    const names = policies.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const documented = ['fifo', 'lru', 'clock', 'car', 'craw', 'craw-rm', 'arc', 'esc', 'cflru'];
    expect(names).toEqual(expect.arrayContaining([...documented, 'min']));
    for (const name of names) {
      expect(name).toMatch(/^[a-z0-9][a-z0-9-]*$/);
      expect(isPolicyFile(name)).toBe(false);
      expect(mustFindPolicy(name)).toBe(findPolicy(name));
    }
  });

  test.each(['nope', 'LRU', 'constructor', '__proto__'])(
    '%s is unknown, and all are listed',
    (name) => {
      expect(findPolicy(name)).toBeUndefined();
      expectError(
        () => mustFindPolicy(name),
        'POLICY_UNKNOWN',
        name,
        ...policies.map((p) => p.name),
      );
    },
  );

  test('files are told from names', () => {
    const files = ['./mine.ts', '../mine', '/opt/mine', 'mine.js', 'mine.mjs', 'a.cts'];
    expect(files.filter(isPolicyFile)).toEqual(files);
    expect(['lru', 'craw-rm', 'js', 'mine.json'].some(isPolicyFile)).toBe(false);
  });

  test('every policy says in one line what it is and where it is published', () => {
    for (const { name, summary, source } of policies) {
      expect(summary, name).toMatch(/^[A-Z][^\n]*\.$/);
      expect(source, name).toMatch(/^[^\n]{10,}$/);
    }
  });
});

describe('options', () => {
  test('defaults hold where nothing is asked for', () => {
    for (const { name, options = {} } of policies) {
      const defaults = Object.entries(options).map(([key, spec]) => [key, spec.default]);
      expect(resolve(name).options).toEqual(Object.fromEntries(defaults));
    }
  });

  test.each([
    ['clock:init=0', 'init', 0],
    ['cflru:window=0.5', 'window', 0.5],
    ['cflru:window=1', 'window', 1],
    ['craw:clear=9007199254740991', 'clear', Number.MAX_SAFE_INTEGER],
    ['craw:frequency=255', 'frequency', 255],
    ['car:ratio=integer', 'ratio', 'integer'],
  ])('%s is within its limits', (spec, option, value) => {
    expect(resolve(spec).options[option]).toBe(value);
  });

  test.each([
    ['clock:init=2', 'whole number 0..1'],
    ['clock:init=0.5', 'whole number 0..1'],
    ['clock:init=x', 'whole number 0..1'],
    ['cflru:window=1.01', 'number 0..1'],
    ['cflru:window=-0', 'number 0..1'],
    ['cflru:window=1e-1', 'number 0..1'],
    ['cflru:window=0x1', 'number 0..1'],
    ['cflru:window=.5', 'number 0..1'],
    ['cflru:window=NaN', 'number 0..1'],
    ['cflru:window= 1', 'number 0..1'],
    ['craw:clear=9007199254740992', 'whole number >= 0'],
    ['craw:frequency=256', 'whole number 0..255'],
    ['craw:link=Lazy', 'immediate|lazy'],
    ['car:ratio=rounded', 'real|integer'],
  ])('%s is refused: expected %s', (spec, expected) =>
    expectError(() => resolve(spec), 'POLICY_OPTION_VALUE', `expected ${expected}`),
  );

  test.each(['clock:hand=1', 'lru:x=1', 'clock:toString=1', 'craw-rm:admit=both'])(
    '%s names no option, and those that there are are listed',
    (spec) => {
      const { options } = findPolicy(parsePolicySpec(spec).name)!;
      const known = Object.keys(options ?? {});
      expectError(() => resolve(spec), 'POLICY_OPTION_UNKNOWN', ...known);
      if (known.length === 0) expectError(() => resolve(spec), 'POLICY_OPTION_UNKNOWN', 'none');
    },
  );

  test('describeOption', () => {
    const number = { kind: 'number', default: 0, min: 0, max: 4, says: '' } as const;
    expect(describeOption(number)).toBe('number 0..4');
    expect(describeOption({ ...number, integer: true })).toBe('whole number 0..4');
    expect(describeOption({ ...number, max: Number.MAX_SAFE_INTEGER })).toBe('number >= 0');
    const choice = { kind: 'choice', default: 'a', choices: ['a', 'b'], says: '' } as const;
    expect(describeOption(choice)).toBe('a|b');
    expect(resolveOptions('p', { x: choice }, new Map([['x', 'b']]))).toEqual({ x: 'b' });
  });
});

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('%s frames are refused', (frames) => {
  const table = new PageTable(1, { offers: 'future', nextUse: Int32Array.of(NEVER) });
  for (const definition of policies) {
    const options = optionsOf(definition, new Map());
    const settings = { table, frames, options, costs: { read: 1, write: 4 } };
    expectError(() => createPolicy(definition, settings), 'POLICY_FRAMES', String(frames));
  }
});

test('observations are ordered from the least to the most', () => {
  expect(offersEnough('read+write', 'reference+modified')).toBe(true);
  expect(offersEnough('reference', 'reference')).toBe(true);
  expect(offersEnough('reference', 'reference+modified')).toBe(false);
  expect(offersEnough('every-reference', 'future')).toBe(false);
  expect(['faults', 'toString', 'Reference'].map(isObservation)).toEqual([true, false, false]);
});
