// A policy cannot look at more than it declares: not by being told of hits, not by a future that
// the host made for somebody else.

import {
  createPolicy,
  PageTable,
  type Policy,
  type PolicyDefinition,
  PolicyError,
} from '@pagelend/policies';
import { expect, test } from 'vitest';

function definitionOf(policy: Partial<Policy>, observes: PolicyDefinition['observes']) {
  const whole = { fault() {}, victim: () => 0, forget() {}, resize() {}, ...policy };
  return {
    name: 'sly',
    summary: '',
    source: '',
    observes,
    create: () => whole,
  } as PolicyDefinition;
}

function create(definition: PolicyDefinition): Policy {
  const table = new PageTable(4, { offers: 'every-reference' });
  return createPolicy(definition, { table, frames: 2, options: {}, costs: { read: 1, write: 1 } });
}

test.each([
  ['touch', { touch() {} }],
  ['touch with traps of its own', { touch() {}, traps: 'own' as const }],
  ['touchRun', { touchRun() {} }],
])('a policy with %s observes every reference, and has to say so', (_, policy) => {
  for (const observes of ['faults', 'reference', 'reference+modified', 'read+write'] as const) {
    expect(() => create(definitionOf(policy, observes))).toThrow(PolicyError);
    expect(() => create(definitionOf(policy, observes))).toThrow(`declares ${observes}`);
  }
  expect(create(definitionOf(policy, 'every-reference')).fault).toBeTypeOf('function');
});

test('a table that does not offer the future holds none', () => {
  const nextUse = new Int32Array(8);
  expect(new PageTable(4, { offers: 'every-reference', nextUse }).nextUse).toBeNull();
  expect(new PageTable(4, { offers: 'future', nextUse }).nextUse).toBe(nextUse);
});

test('a create that returns no policy is named', () => {
  const definition = { ...definitionOf({}, 'faults'), create: () => undefined } as unknown;
  expect(() => create(definition as PolicyDefinition)).toThrow('create() returned no policy');
});
