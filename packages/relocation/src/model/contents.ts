// What compressed pages are worth: sizes that were recorded from real memory, page by page
// (experiments/page-contents.json, made by experiments/record-contents.mjs). A page of the model has
// the sizes of one recorded page, drawn by a hash of its number, so that it is the same page in
// every scheme and whatever the order in which pages leave.

import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { RelocationError } from '../errors.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const fileSchema = v.object({
  schema: v.literal('pagelend.page-contents/1'),
  made_by: v.string(),
  machine: v.string(),
  classes: v.array(
    v.object({
      name: v.pipe(v.string(), v.regex(/^[a-z0-9-]+$/)),
      kind: v.picklist(['program', 'hog']),
      says: v.string(),
      pages: v.pipe(v.number(), v.integer(), v.minValue(1)),
      repeat_16_bits: count,
      repeat_64_bits: count,
      examined_pages: v.pipe(v.number(), v.integer(), v.minValue(1)),
      saved_by_sharing: count,
      sizes: v.array(v.string()),
    }),
  ),
});

/** A recorded page that repeats 16 bits, or a longer word, instead of its compressed size. */
export const REPEATS_16_BITS = 0;
export const REPEATS_WORD = 1;

/** One class of contents; pages by index. */
export interface Content {
  readonly name: string;
  readonly kind: 'program' | 'hog' | 'ratio';
  readonly says: string;
  /** Bytes by our codec, or one of the two marks above. */
  readonly lenderBytes: Uint16Array;
  /** Bytes by liblzo2's lzo1x_1, or one of the two marks above. */
  readonly zramBytes: Uint16Array;
  /** Pages in a hundred that sharing equal ones would save. */
  readonly sharedPercent: number;
}

export interface Contents {
  /** Who made the recording, and on what. */
  readonly source: string;
  readonly classes: readonly Content[];
}

export function loadContents(path: string): Contents {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RelocationError('RELOCATION_CONTENTS', `${path}: cannot be read: ${why}`);
  }
  return parseContents(value, path);
}

export function parseContents(value: unknown, path: string): Contents {
  const parsed = v.safeParse(fileSchema, value);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const where = v.getDotPath(issue) ?? 'the file';
    throw new RelocationError('RELOCATION_CONTENTS', `${path}: ${where}: ${issue.message}`);
  }
  const { made_by, machine, classes } = parsed.output;
  return {
    source: `${made_by}; ${machine}`,
    classes: classes.map(({ name, kind, says, sizes, ...counts }) => {
      const { lender, zram } = parseSizes(sizes, `${path}: ${name}`);
      const marks = [
        ...new Array<number>(counts.repeat_16_bits).fill(REPEATS_16_BITS),
        ...new Array<number>(counts.repeat_64_bits).fill(REPEATS_WORD),
      ];
      if (lender.length + marks.length !== counts.pages) {
        const found = lender.length + marks.length;
        refuse(`${path}: ${name}: ${found} pages listed, ${counts.pages} stated`);
      }
      return {
        name,
        kind,
        says,
        lenderBytes: Uint16Array.from([...marks, ...lender]),
        zramBytes: Uint16Array.from([...marks, ...zram]),
        sharedPercent: (100 * counts.saved_by_sharing) / counts.examined_pages,
      };
    }),
  };
}

/** Contents by name, several by comma; throws where there is none of that name. */
export function findContents(contents: Contents, names: string): Content[] {
  return names.split(',').map((name) => {
    const found = contents.classes.find((content) => content.name === name.trim());
    if (found !== undefined) return found;
    const known = contents.classes.map((content) => content.name).join(', ');
    throw new RelocationError('RELOCATION_CONTENT', `no content '${name}'; there are ${known}`);
  });
}

/** Pages that all compress by the same ratio: no recording, said by whoever asks. */
export function contentOfRatio(ratio: number): Content {
  if (!(ratio >= 1 && ratio <= 128)) {
    throw new RelocationError('RELOCATION_CONTENT', `ratio ${ratio}: expected 1 to 128`);
  }
  const bytes = Uint16Array.of(Math.round(4096 / ratio));
  return {
    name: `ratio-${ratio}`,
    kind: 'ratio',
    says: `every page compresses to ${bytes[0]} bytes, as was asked for`,
    lenderBytes: bytes,
    zramBytes: bytes,
    sharedPercent: 0,
  };
}

/** Words of `OURS/KERNELS` or `OURS/KERNELS*COUNT`. */
function parseSizes(lines: readonly string[], where: string): { lender: number[]; zram: number[] } {
  const lender: number[] = [];
  const zram: number[] = [];
  for (const word of lines.flatMap((line) => line.split(' '))) {
    const match = /^(\d+)\/(\d+)(?:\*(\d+))?$/.exec(word);
    const [ours, kernels, times] = [match?.[1], match?.[2], match?.[3] ?? '1'].map(Number);
    const isSound = match !== null && ours! > REPEATS_WORD && kernels! > REPEATS_WORD;
    if (!isSound || ours! > 8192 || kernels! > 8192) refuse(`${where}: '${word}' is no size`);
    for (let i = 0; i < times!; i++) {
      lender.push(ours!);
      zram.push(kernels!);
    }
  }
  return { lender, zram };
}

function refuse(message: string): never {
  throw new RelocationError('RELOCATION_CONTENTS', message);
}
