// Columns of text for a terminal. No box drawing: aligned columns survive a pipe, a mail and a
// diff.

export interface TextColumn {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** Lines with each column as wide as its widest cell; no trailing blanks. */
export function textTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
): string[] {
  const widths = columns.map(({ title }, index) =>
    Math.max(displayWidth(title), ...rows.map((row) => displayWidth(row[index] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => pad(cell, widths[index]!, columns[index]!.align))
      .join('  ')
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map(line)];
}

export function pad(text: string, width: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + blanks : blanks + text;
}

const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/u;
const emoji = /\p{Emoji_Presentation}/u;
const joining = /\p{Mark}|\u200d/u;

/** Terminal cells that the text takes: wide East Asian letters and emoji take two, marks none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const letter of text) {
    if (joining.test(letter)) continue;
    width += wide.test(letter) || emoji.test(letter) ? 2 : 1;
  }
  return width;
}
