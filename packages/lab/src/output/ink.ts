// How the terminal table marks a line, with or without escape sequences.

export interface Ink {
  readonly strong: (text: string) => string;
  readonly best: (text: string) => string;
  readonly faint: (text: string) => string;
}

export const plain: Ink = { strong: (text) => text, best: (text) => text, faint: (text) => text };

export const colours: Ink = {
  strong: (text) => `\u001b[1m${text}\u001b[22m`,
  best: (text) => `\u001b[1;32m${text}\u001b[22;39m`,
  faint: (text) => `\u001b[2m${text}\u001b[22m`,
};
