// The options that a user's own policy declares, checked as the unknown values that they are: a slip
// there would otherwise show as a wrong default, or as a crash in the help.

const NUMBER = "{ kind: 'number', min, max, default, says } with min <= default <= max";
const CHOICE = "{ kind: 'choice', choices, default, says } with the default among the choices";

/** What is wrong with a table of options, with its name and what was expected; null for nothing. */
export function faultOfOptions(table: unknown): string | null {
  if (table === undefined) return null;
  if (typeof table !== 'object' || table === null || Array.isArray(table)) {
    return 'options: expected an object from names to options';
  }
  for (const [name, option] of Object.entries(table)) {
    const expected = expectedOf(option);
    if (expected !== null) return `option '${name}': expected ${expected}`;
  }
  return null;
}

function expectedOf(option: unknown): string | null {
  const { kind, says, ...rest } = (option ?? {}) as Readonly<Record<string, unknown>>;
  if (kind !== 'number' && kind !== 'choice') return `${NUMBER}, or ${CHOICE}`;
  if (typeof says !== 'string') return "`says`, a string that tells the option's meaning";
  if (kind === 'choice') return isChoice(rest) ? null : CHOICE;
  return isNumber(rest) ? null : NUMBER;
}

function isChoice({ choices, default: fallback }: Readonly<Record<string, unknown>>): boolean {
  if (!Array.isArray(choices) || typeof fallback !== 'string') return false;
  return choices.every((choice) => typeof choice === 'string') && choices.includes(fallback);
}

function isNumber(option: Readonly<Record<string, unknown>>): boolean {
  const { min, max, default: fallback, integer } = option;
  if (!isFiniteNumber(min) || !isFiniteNumber(max) || !isFiniteNumber(fallback)) return false;
  return min <= fallback && fallback <= max && (integer !== true || Number.isInteger(fallback));
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
