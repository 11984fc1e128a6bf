// The stream of a recorded lease: whatever the bytes are, a coded refusal or requests, each once, in
// order, the same however the bytes are cut; an end is the last thing there is.

import { RECORD_KINDS, RequestStreamParser } from '@pagelend/daemon';
import {
  endRecord,
  RECORD_BYTES,
  streamHead,
  writeRecord,
} from '../../../packages/daemon/src/recording/stream-format.ts';
import { codeOf, must, pieceSizes, type Target } from '../target.ts';

const HEAD_BYTES = 16;

function outcomeOf(bytes: Uint8Array, sizes: readonly number[]) {
  const told: number[][] = [];
  const parser = new RequestStreamParser({
    request: (kind, slot, count, connection) => told.push([kind, slot, count, connection]),
    lost: (count) => told.push([RECORD_KINDS.lost, count]),
  });
  let code = '';
  try {
    for (let at = 0, piece = 0; at < bytes.length; piece++) {
      const next = at + sizes[piece % sizes.length]!;
      const part = Buffer.from(bytes.subarray(at, next));
      parser.push(part);
      part.fill(0xee);
      at = next;
    }
  } catch (error) {
    code = codeOf(error, 'DaemonError', ['DAEMON_ANSWER']);
  }
  return { code, end: parser.end, told };
}

function run(bytes: Uint8Array): void {
  const whole = outcomeOf(bytes, [Number.MAX_SAFE_INTEGER]);
  const cut = outcomeOf(bytes, pieceSizes(bytes.length, 40));
  must(JSON.stringify(whole) === JSON.stringify(cut), 'it depends on how the bytes are cut');
  const records = Math.floor((bytes.length - HEAD_BYTES) / RECORD_BYTES);
  must(whole.told.length <= Math.max(0, records), 'more was told than there is');
  for (const numbers of whole.told) {
    must(
      numbers.every((one) => Number.isInteger(one) && one >= 0),
      `told ${numbers}`,
    );
  }
  const isToldWhole =
    whole.code === '' && whole.told.length + Number(whole.end !== null) === records;
  must(whole.code !== '' || bytes.length < HEAD_BYTES || isToldWhole, 'a record was left out');
}

function stream(...records: [kind: 0 | 1 | 2 | 3 | 14, slot: number, count: number][]): Buffer {
  const bytes = new Uint8Array(RECORD_BYTES * records.length);
  const view = new DataView(bytes.buffer);
  records.forEach(([kind, slot, count], index) => {
    writeRecord(view, index * RECORD_BYTES, kind, 1, slot, count);
  });
  return Buffer.concat([streamHead(), bytes]);
}

export const target: Target = {
  bytesMax: 1024,
  seeds: () => [
    stream(),
    stream([0, 7, 1], [1, 8, 256], [14, 0, 12]),
    Buffer.concat([stream([2, 0, 1], [3, 2 ** 30, 2]), endRecord('asked')]),
    endRecord('daemon-stopped'),
  ],
  run,
};
