// Running text in lines for a terminal.

const WIDTH = 96;

export function wrapped(text: string, width = WIDTH): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** The same as an item of a list. */
export function wrappedItem(text: string): string[] {
  return wrapped(text, WIDTH - 4).map((line, i) => (i === 0 ? `  - ${line}` : `    ${line}`));
}
