// The pool's policy, by name and options. It picks which pages go behind.

import {
  mustFindPolicy,
  type OptionValues,
  observationOf,
  optionsOf,
  type PolicyDefinition,
  PolicyError,
  parsePolicySpec,
} from '@pagelend/policies';

export interface PoolPolicy {
  /** As anybody can ask for it, what is implied said as well. */
  readonly asked: string;
  readonly definition: PolicyDefinition;
  readonly options: OptionValues;
}

export const POLICY_DEFAULT = 'craw-rm';

/**
 * Parses NAME[:key=value…]. A policy that can do with the bits alone is not told of every hit unless
 * that is asked for: hits are what the pool has most. Throws a PolicyError.
 */
export function poolPolicy(text: string): PoolPolicy {
  const { name, options: asked } = parsePolicySpec(text);
  const definition = mustFindPolicy(name);
  const isLazy = definition.options?.link !== undefined && !asked.has('link');
  const options = optionsOf(definition, isLazy ? new Map([...asked, ['link', 'lazy']]) : asked);
  if (observationOf(definition, options) === 'future') {
    throw new PolicyError(
      'POLICY_OBSERVES',
      `policy ${text} knows the future, which no lender does; take another one`,
    );
  }
  return { asked: isLazy ? `${text}:link=lazy` : text, definition, options };
}
