// The shipped recordings and what recordings/README.md says of each in its tables.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../recordings/', import.meta.url));

export interface Row {
  readonly command: string;
  readonly references: number;
  readonly pages: number;
  /** Writes among the references as the table rounds them. */
  readonly writesPercent: string;
  readonly bytes: number;
}

/** Paths of the recordings below recordings/. */
export const recordingNames: readonly string[] = readdirSync(folder, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.plt'))
  .sort();

export const pathOf = (name: string): string => folder + name;

export const bytesOf = (name: string): number => statSync(pathOf(name)).size;

// | `name.plt` | program | `command` | references | pages | writes | bytes | …
const ROW =
  /^\| `(.+?\.plt)` \| .+? \| `(.+?)` \| ([\d,]+) \| ([\d,]+) \| ([\d.]+) % \| ([\d,]+) \|/gm;

/** The rows of the README by the recording's path. */
export function readTables(): ReadonlyMap<string, Row> {
  const rows = new Map<string, Row>();
  for (const cells of readFileSync(pathOf('README.md'), 'utf8').matchAll(ROW)) {
    const [, name, command, references, pages, writesPercent, bytes] = cells as unknown as string[];
    if (rows.has(name!)) throw new Error(`recordings/README.md has two rows of ${name}`);
    rows.set(name!, {
      command: command!,
      references: wholeNumber(references!),
      pages: wholeNumber(pages!),
      writesPercent: writesPercent!,
      bytes: wholeNumber(bytes!),
    });
  }
  return rows;
}

export const percent = (part: number, whole: number): string => ((100 * part) / whole).toFixed(1);

const wholeNumber = (text: string): number => Number(text.replaceAll(',', ''));
