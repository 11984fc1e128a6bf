// A result that can be a table, CSV, a page or JSON: files first, stdout last, since its reader may be
// gone, which ends the process, and no file may be lost.

import { writeOutput } from './output-file.ts';
import { note, print, printJson } from './text.ts';

export interface ResultOutputs {
  readonly json?: boolean;
  readonly csv?: string;
  readonly html?: string;
}

export interface Renderers {
  readonly csv: () => string;
  readonly html: () => string;
  readonly text: () => string;
}

export function showResult(
  result: unknown,
  { csv, html, json }: ResultOutputs,
  render: Renderers,
): void {
  const files = [
    [csv, render.csv],
    [html, render.html],
  ] as const;
  for (const [path, rendered] of files) {
    if (path === undefined || path === '-') continue;
    writeOutput(path, rendered());
    note(`wrote ${path}`);
  }
  if (json === true) printJson(result);
  else if (csv === '-') print(render.csv());
  else if (html === '-') print(render.html());
  else print(render.text());
}
