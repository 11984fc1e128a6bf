// Every policy under every single change of its options: what the contract suites run over.

import { type OptionSpec, observationOf, policies } from '@pagelend/policies';
import { resolve } from '../host.ts';

export const variants: readonly string[] = policies.flatMap((policy) => [
  policy.name,
  ...Object.entries(policy.options ?? {}).flatMap(([option, spec]) =>
    otherValues(spec).map((value) => `${policy.name}:${option}=${value}`),
  ),
]);

export function observationOfSpec(spec: string) {
  const { definition, options } = resolve(spec);
  return observationOf(definition, options);
}

/** The values other than the default: each choice, or the ends of a range and one within. */
function otherValues(spec: OptionSpec): (string | number)[] {
  const values =
    spec.kind === 'choice'
      ? spec.choices
      : [spec.min, Math.min(spec.max, spec.min + 0.5), spec.max];
  return values.filter(
    (value) =>
      value !== spec.default &&
      (spec.kind === 'choice' || !spec.integer || Number.isInteger(value)),
  );
}
