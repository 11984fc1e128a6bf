// The guides of docs/guests as the tests run them: a block of commands is taken out of the guide
// and run as it stands there, but for the places that differ here. Each block is marked in the line
// before it, in words that readers see:
//
//   Tested by `tests/guests/FILE` as `NAME`:      Untested (REASON):

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = new URL('../../docs/guests/', import.meta.url);

export interface GuideBlock {
  /** File of the guide. */
  readonly guide: string;
  readonly line: number;
  readonly text: string;
  /** The tests that run it, with the name they know it by; null where none does. */
  readonly tests: readonly string[] | null;
  readonly name: string | null;
  /** Why no test runs it; null where one does, and where nothing is said at all. */
  readonly untested: string | null;
}

export function guideNames(): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.md'));
}

export function blocksOf(guide: string): GuideBlock[] {
  const lines = readFileSync(fileURLToPath(new URL(guide, folder)), 'utf8').split('\n');
  const blocks: GuideBlock[] = [];
  for (let at = 0; at < lines.length; at++) {
    if (!lines[at]!.startsWith('```')) continue;
    const end = lines.indexOf('```', at + 1);
    if (end < 0) throw new Error(`${guide}:${at + 1}: this block does not end`);
    const mark = lines.slice(0, at).findLast((line) => line.trim() !== '') ?? '';
    const tested = /^Tested by (.+) as `([^`]+)`:$/.exec(mark);
    blocks.push({
      guide,
      line: at + 1,
      text: lines.slice(at + 1, end).join('\n'),
      tests: tested === null ? null : [...tested[1]!.matchAll(/`([^`]+)`/g)].map(([, t]) => t!),
      name: tested?.[2] ?? null,
      untested: /^Untested \((.+)\):$/.exec(mark)?.[1] ?? null,
    });
    at = end;
  }
  return blocks;
}

/**
 * The block that `reference` (`GUIDE.md#NAME`) names. Each key of `places` stands in it and gives
 * way to its value: a test that replaces what is not there no longer tests what the guide says.
 */
export function guideBlock(
  reference: string,
  places: Readonly<Record<string, string>> = {},
): string {
  const [guide = '', name] = reference.split('#');
  const block = blocksOf(guide).find((each) => each.name === name);
  if (block === undefined) throw new Error(`docs/guests/${guide} has no block ${name}`);
  let { text } = block;
  for (const [place, value] of Object.entries(places)) {
    if (!text.includes(place)) throw new Error(`${reference} does not say ${place}`);
    text = text.replaceAll(place, value);
  }
  return text;
}

/** The words of a block that is one command, over several lines. */
export function guideWords(
  reference: string,
  places: Readonly<Record<string, string>> = {},
): string[] {
  return guideBlock(reference, places).replaceAll('\\\n', ' ').trim().split(/\s+/);
}
