// Options of policies: named, typed, with a default, so that every inferred decision of a
// reconstruction can be switched from the command line and is listed by `pagelend policies NAME`.

import { PolicyError } from './errors.ts';

export type OptionSpec =
  | {
      readonly kind: 'number';
      readonly default: number;
      readonly min: number;
      readonly max: number;
      readonly integer?: boolean;
      readonly says: string;
    }
  | {
      readonly kind: 'choice';
      readonly default: string;
      readonly choices: readonly string[];
      readonly says: string;
    };

export type OptionTable = Readonly<Record<string, OptionSpec>>;
export type OptionValues = Readonly<Record<string, number | string>>;

/** The options as asked for, over the defaults. Throws a PolicyError that lists what there is. */
export function resolveOptions(
  policy: string,
  table: OptionTable,
  asked: ReadonlyMap<string, string>,
): OptionValues {
  const values: Record<string, number | string> = {};
  for (const [name, spec] of Object.entries(table)) values[name] = spec.default;
  for (const [name, text] of asked) {
    const spec = Object.hasOwn(table, name) ? table[name] : undefined;
    if (spec === undefined) {
      const known = Object.keys(table).join(', ') || 'none';
      throw new PolicyError(
        'POLICY_OPTION_UNKNOWN',
        `policy ${policy} has no option '${name}'; its options: ${known}`,
      );
    }
    values[name] = parseValue(policy, name, spec, text);
  }
  return values;
}

/** What a value of this option looks like, for help and errors. */
export function describeOption(spec: OptionSpec): string {
  if (spec.kind === 'choice') return spec.choices.join('|');
  const range =
    spec.max === Number.MAX_SAFE_INTEGER ? `>= ${spec.min}` : `${spec.min}..${spec.max}`;
  return `${spec.integer === true ? 'whole number' : 'number'} ${range}`;
}

function parseValue(policy: string, name: string, spec: OptionSpec, text: string): number | string {
  const fits =
    spec.kind === 'choice'
      ? spec.choices.includes(text)
      : /^\d+(\.\d+)?$/.test(text) &&
        Number(text) >= spec.min &&
        Number(text) <= spec.max &&
        (spec.integer !== true || Number.isInteger(Number(text)));
  if (!fits) {
    throw new PolicyError(
      'POLICY_OPTION_VALUE',
      `policy ${policy}: ${name}=${text}: expected ${describeOption(spec)}`,
    );
  }
  return spec.kind === 'choice' ? text : Number(text);
}
