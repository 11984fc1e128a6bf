// Samples of a guest's memory over a span of time, by programs/sample.c. The guest must have the
// program as a file (`buildProgram('sample')`).

import type { Guest } from '../contract.ts';
import { GuestError } from '../errors.ts';

export const sampleProgram = '/usr/bin/sample';

/** Samples in columns: `values[i][j]` is field i at time j. */
export interface Samples {
  readonly names: readonly string[];
  readonly timesMs: Float64Array;
  readonly values: readonly Float64Array[];
}

export interface SamplerOptions {
  /** Fields of /proc/meminfo (in kB) and /proc/vmstat (counts), such as `MemFree`, `pswpout`. */
  readonly fields: readonly string[];
  /** Default 200. */
  readonly intervalMs?: number;
  readonly program?: string;
}

const file = '/run/samples';

/** Starts sampling in the guest; the function returned ends it and gives the samples. */
export async function startSampler(
  guest: Guest,
  { fields, intervalMs = 200, program = sampleProgram }: SamplerOptions,
): Promise<() => Promise<Samples>> {
  const path = `${file}-${samplerCount++}`;
  const names = fields.map((field) => `'${field}'`).join(' ');
  const output = await guest.mustRun(
    `${program} ${intervalMs} ${names} > ${path} 2>&1 &\npid=$!\n` +
      // The line of names says that it runs; a line on stderr why it does not.
      `until [ -s ${path} ]; do kill -0 $pid || break; usleep 10000; done\n` +
      `echo pid $pid; head -n 1 ${path}`,
  );
  const pid = /^pid (\d+)$/m.exec(output)?.[1];
  if (pid === undefined || !output.includes('time_ms')) {
    throw new GuestError('GUEST_PROGRAM', `no samples of ${guest.name}: ${output.trim()}`);
  }
  return async () => {
    const text = await guest.mustRun(
      `kill ${pid}\nwhile kill -0 ${pid} 2>/dev/null; do usleep 10000; done\n` +
        `cat ${path}; rm ${path}`,
    );
    return parseSamples(text);
  };
}

let samplerCount = 0;

/** The samples in what the program printed. Throws GuestError GUEST_PROGRAM for anything else. */
export function parseSamples(text: string): Samples {
  const [head = '', ...lines] = text.trim().split('\n');
  const [time, ...names] = head.split(' ');
  if (time !== 'time_ms') {
    throw new GuestError('GUEST_PROGRAM', `samples begin with a line of names, not: ${head}`);
  }
  const timesMs = new Float64Array(lines.length);
  const values = names.map(() => new Float64Array(lines.length));
  for (const [row, line] of lines.entries()) {
    const fields = line.split(' ').map(Number);
    if (fields.length !== names.length + 1 || fields.some(Number.isNaN)) {
      throw new GuestError('GUEST_PROGRAM', `sample ${row} is not a line of numbers: ${line}`);
    }
    timesMs[row] = fields[0]!;
    for (const [column, value] of values.entries()) value[row] = fields[column + 1]!;
  }
  return { names, timesMs, values };
}
