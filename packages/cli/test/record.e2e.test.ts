// trace record: the recorded program is as it would be alone, and what ran is kept.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { collect, expectComplaint, folder, hasProgram, PAGELEND } from './run.ts';

const here = folder();

interface Info {
  readonly traces: readonly {
    readonly references: number;
    readonly writes: number;
    readonly pages: number;
    readonly provenance: Readonly<Record<string, string>>;
  }[];
}

describe.skipIf(!hasProgram('valgrind'))('trace record [skipped where valgrind is absent]', () => {
  it('records, and passes input, output and the status through', async () => {
    const program = 'read a; echo "out $a"; echo "err $a" >&2; exit 7';
    const flags = ['trace', 'record', '-o', 'p.plt', '--note', 'a note', '--', 'sh', '-c', program];
    const ran = await collect(process.execPath, [PAGELEND, ...flags], here.path, 'word\n');
    expect({ status: ran.status, stdout: ran.stdout }).toEqual({ status: 7, stdout: 'out word\n' });
    expect(ran.stderr).toMatch(/^err word\np\.plt: [\d,]+ references \(.*\) to [\d,]+ pages/);
    const { traces } = await here.json<Info>('trace', 'info', 'p.plt', '--json');
    expect(traces[0]!.references).toBeGreaterThan(50_000);
    expect(traces[0]!.provenance).toMatchObject({ tool: 'valgrind lackey', note: 'a note' });
    expect(traces[0]!.provenance.command).toMatch(/^sh -c /);
  });

  it('says so where the command is a script, unless it is followed', async () => {
    here.write('wrapper', '#!/bin/sh\nexec echo wrapped\n');
    chmodSync(`${here.path}/wrapper`, 0o755);
    const plain = await here.spawn('trace', 'record', '-o', 'w.plt', '--', './wrapper');
    expect(plain.stderr).toContain('./wrapper is a script: if it turns into another program');
    const followed = await here.spawn(
      'trace',
      'record',
      '--follow',
      '-o',
      'f.plt',
      '--',
      './wrapper',
    );
    expect(followed).toMatchObject({ status: 0, stdout: 'wrapped\n' });
    expect(followed.stderr).not.toContain('is a script');
  });

  it('--quiet adds nothing to stderr; a program that a signal kills is 128 + n', async () => {
    const flags = ['trace', 'record', '-q', '-o', 'k.plt', '--', 'sh', '-c', 'kill -TERM $$'];
    const { status, stdout, stderr } = await here.spawn(...flags);
    expect({ status, stdout, stderr }).toEqual({ status: 143, stdout: '', stderr: '' });
    expect(here.names()).toContain('k.plt');
  });

  it('options behind CMD are the program’s own', async () => {
    const { status, stdout } = await here.spawn(
      'trace',
      'record',
      '-qo',
      'o.plt',
      'echo',
      '-q',
      '-h',
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: '-q -h\n' });
  });

  it('Ctrl-C leaves a valid trace of what ran, and status 130', async () => {
    const loop = 'echo started; while :; do :; done';
    const flags = ['trace', 'record', '-o', 'c.plt', '--', 'sh', '-c', loop];
    const child = spawn(process.execPath, [PAGELEND, ...flags], { cwd: here.path });
    let stderr = '';
    child.stderr.on('data', (chunk) => (stderr += chunk));
    // Once it says so, tens of thousands of references have been recorded.
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    const [status] = await once(child, 'close');
    expect(status).toBe(130);
    expect(stderr).toContain('; interrupted, what ran is recorded');
    const { traces } = await here.json<Info>('trace', 'info', 'c.plt', '--json');
    expect(traces[0]!.references).toBeGreaterThan(1000);
    expect(here.names().filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('what cannot be recorded is said before anything is written', async () => {
    here.write('plain.txt', 'no program');
    const before = here.names();
    const record = ['trace', 'record', '-o'];
    const lines = [
      [...record, 'x.plt', '--', 'no-such-program'],
      [...record, 'x.plt', '--', './plain.txt'],
      [...record, 'none/x.plt', '--', 'true'],
      ['trace', 'record', '--', 'true'],
    ];
    const [missing, plain, nowhere, noFile] = await Promise.all(
      lines.map((words) => here.run(...words)),
    );
    expectComplaint(missing!, 1, /"no-such-program", expected an executable file in PATH/);
    expectComplaint(plain!, 1, /"\.\/plain\.txt", expected an executable file/);
    expectComplaint(nowhere!, 1, /none\/x\.plt: cannot create it: no such file/);
    expectComplaint(noFile!, 2, /required option '-o, --output <file>'/);
    expect(here.names()).toEqual(before);
  });
});

it('without Valgrind one line says how to get it', async () => {
  const { status, stderr } = await collect(
    process.execPath,
    [PAGELEND, 'trace', 'record', '-o', 'v.plt', '--', '/bin/true'],
    here.path,
    '',
    { env: { PATH: here.path } },
  );
  expect(stderr).toMatch(/^pagelend: recording needs Valgrind.*apt-get install.*\n$/);
  expect(status).toBe(1);
});
