// Short names for traces and cost pairs. A path is too long for a column, but two traces must never
// look the same, so a label takes as many folders as it needs to be unique.

/** What cannot be printed safely in one line of a terminal: control characters and line breaks. */
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** The text on one line, unable to move the cursor or change colours of a terminal. */
export function printable(text: string): string {
  return text.replace(unprintable, '\ufffd');
}

/** A label for each distinct path: its base name without `.plt`, with folders where needed. */
export function traceLabels(paths: Iterable<string>): Map<string, string> {
  const distinct = [...new Set(paths)];
  const labels = new Map(distinct.map((path) => [path, lastParts(path, 1)]));
  const depthMax = Math.max(1, ...distinct.map((path) => parts(path).length));
  for (let depth = 2; depth <= depthMax; depth++) {
    for (const path of clashing(labels)) labels.set(path, lastParts(path, depth));
  }
  for (const path of clashing(labels)) labels.set(path, path);
  return labels;
}

/** `read 1, write 4`, led by the name of the medium where there is one. */
export function costLabel(medium: string | null, readCost: number, writeCost: number): string {
  const costs = `read cost ${readCost}, write cost ${writeCost}`;
  return medium === null ? costs : `${medium} (${costs})`;
}

function parts(path: string): string[] {
  return path.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
}

function lastParts(path: string, depth: number): string {
  const label = parts(path)
    .slice(-depth)
    .join('/')
    .replace(/\.plt$/, '');
  return label === '' ? path : label;
}

/** The paths that still share their label with another one. */
function clashing(labels: ReadonlyMap<string, string>): string[] {
  const uses = new Map<string, number>();
  for (const label of labels.values()) uses.set(label, (uses.get(label) ?? 0) + 1);
  return [...labels].filter(([, label]) => uses.get(label)! > 1).map(([path]) => path);
}
