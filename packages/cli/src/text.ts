// Numbers and tables as users read them, the same in every locale.

import Table from 'cli-table3';

/** 1234567 as 1,234,567. */
export function count(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** A share of a whole as a percentage with one decimal; a dash where the whole is nothing. */
export function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;
}

/** How many times larger the one is; a dash where there is nothing to compare. */
export function ratio(whole: number, part: number): string {
  return whole === 0 || part === 0 ? '–' : (whole / part).toFixed(2);
}

export function bytes(value: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let scaled = value;
  while (scaled >= 1024 && unit < units.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${unit === 0 ? scaled : scaled.toFixed(1)} ${units[unit]}`;
}

/** Columns without lines between them; `right` lists the columns that hold numbers. */
export function columns(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const nothing = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid']
    .concat(['bottom-left', 'bottom-right', 'left', 'left-mid', 'mid', 'mid-mid'])
    .concat(['right', 'right-mid'])
    .map((place) => [place, '']);
  const table = new Table({
    head: [...head],
    chars: { ...Object.fromEntries(nothing), middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: head.map((_, column) => (right.includes(column) ? 'right' : 'left')),
  });
  for (const row of rows) table.push([...row]);
  return table.toString().replaceAll(/ +$/gm, '');
}

/** The words by comma, in lines of at most `width` columns; all but the first are indented. */
export function wrapList(words: readonly string[], width: number, indent: string): string {
  const lines = [''];
  for (const [index, word] of words.entries()) {
    const part = index < words.length - 1 ? `${word},` : word;
    const line = lines.at(-1)!;
    const longer = line === '' ? part : `${line} ${part}`;
    if (longer.length <= width - indent.length) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines.join(`\n${indent}`);
}

/** Prints a result on stdout. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/**
 * Shows what a verb that writes `output` has done: as text or JSON on stdout, and as text on stderr
 * where stdout is the output itself, which nothing may be mixed into.
 */
export function showDone(output: string, asJson: boolean, text: string, json: object): void {
  if (output === '-') note(text);
  else if (asJson) printJson(json);
  else print(text);
}

/** Says something that is not the result, on stderr. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
