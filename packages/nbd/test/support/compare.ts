// Compares what a session answered with what the twin expects, and every reply with the rules of
// its kind.

import { expect } from 'vitest';
import { TX } from './harness.ts';
import type { Expected, Twin, TwinOptions } from './twin.ts';
import { BLOCK_STATUS, cookieOf, DF, type Operation, READ, REQ_ONE, type Reply } from './wire.ts';

export function compare(
  operations: readonly Operation[],
  replies: readonly Reply[],
  twin: Twin,
  options: TwinOptions,
): void {
  replies.forEach((reply, index) => {
    const operation = operations[index]!;
    expect(reply.cookie).toBe(cookieOf(index));
    compareReply(operation, reply, twin.apply(operation), options);
  });
}

/** Whether a failing read may end a session without structured replies. */
export function mayEnd(operation: Operation, expected: Expected): boolean {
  const isLong = operation.length + 16 > TX.bytes;
  return operation.type === READ && expected.error !== 0 && isLong;
}

function compareReply(
  operation: Operation,
  reply: Reply,
  expected: Expected,
  options: TwinOptions,
): void {
  const { type, flags } = operation;
  const about = `type ${type}, flags ${flags}, ${operation.length} bytes at ${operation.offset}`;
  expect(reply.error, about).toBe(expected.error);
  if (type === READ) expect(reply.isStructured, about).toBe(options.isStructured);
  if (type === READ && reply.error === 0) compareContent(operation, reply, expected, about);
  else if (expected.errorOffset !== undefined && type === READ) {
    if (options.isStructured) expect(reply.errorOffset, about).toBe(expected.errorOffset);
  } else expect(reply.content, about).toEqual([]);
  if (type === BLOCK_STATUS && reply.error === 0) compareExtents(operation, reply, expected);
  else expect(reply.extents, about).toBe(null);
}

function compareContent(
  operation: Operation,
  reply: Reply,
  expected: Expected,
  about: string,
): void {
  let next = Number(operation.offset);
  // This server sends chunks in order, without gaps; the text would let it do otherwise.
  for (const { offset, data } of reply.content) {
    expect(offset, about).toBe(next);
    next += data.length;
  }
  const content = Buffer.concat(reply.content.map(({ data }) => data));
  expect(content.equals(expected.data!), about).toBe(true);
  if ((operation.flags & DF) === 0) return;
  expect(reply.content.length, about).toBeLessThanOrEqual(1);
  expect(
    reply.content.every(({ isHole }) => !isHole),
    about,
  ).toBe(true);
}

function compareExtents(operation: Operation, reply: Reply, expected: Expected): void {
  const extents = reply.extents!;
  const offset = Number(operation.offset);
  let next = offset;
  for (const [index, { bytes, state }] of extents.entries()) {
    expect(bytes).toBeGreaterThan(0);
    if (index > 0) expect(state).not.toBe(extents[index - 1]!.state);
    const first = Math.floor(next / 4096) - Math.floor(offset / 4096);
    next += bytes;
    const last = Math.ceil(next / 4096) - Math.floor(offset / 4096);
    expect(new Set(expected.states!.slice(first, last))).toEqual(new Set([state]));
  }
  const isOne = (operation.flags & REQ_ONE) !== 0;
  if (isOne) expect(extents.length).toBe(1);
  else expect(next).toBe(offset + operation.length);
  expect(next).toBeLessThanOrEqual(offset + operation.length);
}
