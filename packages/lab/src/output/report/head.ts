// What every page begins with: no script or style from elsewhere, the style sheet, the title.

import { escaped } from './html.ts';
import { styleSheet } from './styles.ts';

/** Nothing may be loaded from anywhere, whatever a trace is called. */
const contentPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** Up to the body. `title` is escaped already; `attributes` are those of the root element. */
export function head(title: string, version: string, attributes = ''): string[] {
  return [
    '<!doctype html>',
    `<html lang="en"${attributes}>`,
    '<head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${contentPolicy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<meta name="generator" content="pagelend ${escaped(version)}">`,
    `<link rel="icon" href="data:,"><title>${title}</title>`,
    `<style>${styleSheet()}</style></head>`,
  ];
}
