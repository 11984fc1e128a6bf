import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openTrace } from '../src/io/trace-file.ts';
import { findExecutable } from '../src/record/find-command.ts';
import { type RecordOptions, recordTrace } from '../src/record/record-trace.ts';
import { failure, readAll, scratch } from './helpers.ts';

const dir = scratch();
const hasValgrind = findExecutable('valgrind') !== null;
const record = (command: string, args: string[], more: Partial<RecordOptions> = {}) =>
  recordTrace({ command, args, output: dir.path('out.plt'), stdio: 'ignore', ...more });

describe('what can go wrong before', () => {
  it('names what to install', async () => {
    const error = await failure(record('true', [], { valgrind: 'valgrind-that-is-not-there' }));
    expect(error.code).toBe('TRACE_VALGRIND_MISSING');
    expect(error.message).toBe(
      'recording needs Valgrind, found no executable "valgrind-that-is-not-there"; install it with: apt-get install -y valgrind',
    );
  });
});

describe.skipIf(!hasValgrind)('recordTrace (skipped without Valgrind)', () => {
  it('records a program and passes its status on', async () => {
    const progress: number[] = [];
    const result = await record('sh', ['-c', 'exit 7'], {
      onProgress: ({ references }) => progress.push(references),
    });
    expect([result.status, result.signal, result.interrupted]).toEqual([7, null, false]);
    expect(progress.length).toBeGreaterThan(0);
    const reader = await openTrace(dir.path('out.plt'));
    expect(reader.header.provenance).toEqual({
      tool: 'valgrind lackey',
      command: "sh -c 'exit 7'",
    });
    expect((await readAll(reader)).length).toBe(result.summary.references);
    expect(result.summary.references).toBeGreaterThan(10_000);
    expect(result.summary.writes).toBeGreaterThan(1000);
    await reader.close();
  });

  it('tells a program that a signal killed', async () => {
    const result = await record('sh', ['-c', 'kill -SEGV $$']);
    expect([result.status, result.signal, result.interrupted]).toEqual([139, 'SIGSEGV', false]);
  });

  it('follows a wrapper only when asked to', async () => {
    const script = dir.write('wrapper.sh', '#!/bin/sh\n/bin/true\nexec /bin/echo hello\n');
    const args = [script];
    const alone = await record('sh', args);
    const followed = await record('sh', args, { followExec: true });
    expect(followed.summary.references).toBeGreaterThan(alone.summary.references * 1.2);
  });

  it('leaves a valid file when it is interrupted', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 2500);
    const result = await record('sleep', ['60'], { signal: controller.signal });
    expect([result.status, result.signal, result.interrupted]).toEqual([130, 'SIGINT', true]);
    const reader = await openTrace(dir.path('out.plt'));
    expect((await readAll(reader)).length).toBe(result.summary.references);
    await reader.close();
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('survives %s to its own process', async (signal, status) => {
    const main = new URL('../dist/index.js', import.meta.url).href;
    const output = dir.path(`${signal}.plt`);
    const script = `import {recordTrace} from ${JSON.stringify(main)};
      const r = await recordTrace({command:'sleep', args:['60'], output:${JSON.stringify(output)},
        onProgress: (p) => { if (p.references > 0) console.log('going'); }});
      console.log(JSON.stringify(r)); process.exitCode = r.status;`;
    const node = spawn(process.execPath, ['--input-type=module', '-e', script], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    let isSent = false;
    node.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (!isSent) node.kill(signal);
      isSent = true;
    });
    const [code] = (await once(node, 'close')) as [number];
    expect(code).toBe(status);
    const result = JSON.parse(out.trim().split('\n').at(-1)!) as {
      summary: { references: number };
    };
    const reader = await openTrace(output);
    expect(reader.summary?.references).toBe(result.summary.references);
    await reader.close();
    expect(dir.names().filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('leaves nothing when the program cannot run', async () => {
    const output = dir.path('never.plt');
    const missing = await failure(record('no-such-command', [], { output }));
    expect(missing.message).toBe(
      'the command to record cannot be run, found "no-such-command", expected an executable file in PATH',
    );
    const bad = dir.write('bad.sh', '#!/no/such/interpreter\n');
    chmodSync(bad, 0o755);
    const unrunnable = await failure(record(bad, [], { output }));
    expect(unrunnable.code).toBe('TRACE_RECORDING');
    expect(unrunnable.message).toMatch(/^the run recorded no reference, found exit status \d+/);
    expect(dir.names().filter((name) => name.startsWith('never'))).toEqual([]);
  });
});
