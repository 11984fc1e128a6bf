// What several test files need: a scratch directory, traces from lists, and lists from traces.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll } from 'vitest';
import { TraceError } from '../src/errors.ts';
import { bytesSource, chunksSource } from '../src/format/byte-source.ts';
import { TraceEncoder } from '../src/format/encoder.ts';
import { nodeCodec } from '../src/format/node-codec.ts';
import { TraceReader } from '../src/format/reader.ts';
import { openTrace } from '../src/io/trace-file.ts';

/** A reference as [page number, operation]. */
export type Reference = readonly [number, 0 | 1];

export interface Scratch {
  readonly directory: string;
  path(name: string): string;
  write(name: string, content: string | Uint8Array): string;
  read(name: string): Buffer;
  names(): string[];
}

/** A directory that goes away after the file's tests. */
export function scratch(): Scratch {
  const directory = mkdtempSync(join(tmpdir(), 'pagelend-trace-test-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const path = (name: string): string => join(directory, name);
  return {
    directory,
    path,
    write(name, content) {
      writeFileSync(path(name), content);
      return path(name);
    },
    read: (name) => readFileSync(path(name)),
    names: () => readdirSync(directory).sort(),
  };
}

export function encode(references: Iterable<Reference>, provenance = {}): Uint8Array {
  const encoder = new TraceEncoder({ provenance });
  for (const [page, op] of references) encoder.add(page, op);
  encoder.finish();
  return Buffer.concat(encoder.take());
}

export async function readAll(reader: TraceReader): Promise<Reference[]> {
  const references: Reference[] = [];
  for await (const block of reader.blocks()) {
    const { pageNumbers } = reader;
    for (const packed of block) {
      references.push([pageNumbers[packed >>> 1]!, (packed & 1) as 0 | 1]);
    }
  }
  return references;
}

export async function decode(bytes: Uint8Array): Promise<Reference[]> {
  return readAll(await TraceReader.open(bytesSource(bytes, 'x.plt'), nodeCodec));
}

/** Decodes as from a pipe, in chunks of the given size. */
export async function decodeStream(bytes: Uint8Array, chunkBytes: number): Promise<Reference[]> {
  function* chunks(): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      yield bytes.subarray(at, at + chunkBytes);
    }
  }
  return readAll(await TraceReader.open(chunksSource(chunks(), 'x.plt'), nodeCodec));
}

export async function decodeFile(path: string): Promise<Reference[]> {
  const reader = await openTrace(path);
  try {
    return await readAll(reader);
  } finally {
    await reader.close();
  }
}

/** The TraceError that a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<TraceError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof TraceError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** References with locality, repeats, far jumps and the largest page numbers. */
export const referenceLists = (maxLength = 300): fc.Arbitrary<Reference[]> =>
  fc
    .array(
      fc.tuple(
        fc.oneof(
          { weight: 6, arbitrary: fc.integer({ min: 0, max: 40 }) },
          { weight: 2, arbitrary: fc.integer({ min: 1000, max: 1100 }) },
          { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 ** 52 - 1 }) },
        ),
        fc.constantFrom<0 | 1>(0, 1),
        fc.constantFrom(1, 1, 1, 2, 3, 4, 5, 200),
      ),
      { minLength: 1, maxLength },
    )
    .map((runs) =>
      runs.flatMap(([page, op, repeats]) =>
        Array.from({ length: repeats }, (): Reference => [page, op]),
      ),
    );
