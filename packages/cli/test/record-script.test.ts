// Scripts that record programs: their folder, their status, and where their words go.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runRecordScript } from '../src/record-script.ts';
import { folder } from './run.ts';

const here = folder();

function script(name: string, lines: string): string {
  return join(here.path, here.write(name, `${lines}\n`));
}

describe('a script that records', () => {
  it('gets the folder, and its success is enough', async () => {
    const made = script('made.sh', 'printf done >"$1.txt"');
    await runRecordScript(made, join(here.path, 'recorded'));
    expect(readFileSync(join(here.path, 'recorded.txt'), 'utf8')).toBe('done');
  });

  it('fails with its status, or its signal', async () => {
    await expect(runRecordScript(script('fails.sh', 'exit 3'), '.')).rejects.toMatchObject({
      code: 'CLI_RECORDING',
      message: expect.stringMatching(/fails\.sh ended with status 3; /),
    });
    await expect(runRecordScript(script('dies.sh', 'kill -9 $$'), '.')).rejects.toMatchObject({
      code: 'CLI_RECORDING',
      message: expect.stringMatching(/dies\.sh was ended by a signal; /),
    });
  });

  it('speaks on stderr alone, and is told of a signal to us', async () => {
    const says = script(
      'says.sh',
      'echo out; echo err >&2; trap "exit 143" TERM; kill -TERM $PPID; while :; do sleep 0.1; done',
    );
    const module = new URL('../dist/record-script.js', import.meta.url).href;
    const line = `import('${module}').then(({ runRecordScript: run }) => run('${says}', '.')).catch((e) => console.error(e.code))`;
    const ran = spawnSync(process.execPath, ['-e', line], { encoding: 'utf8' });
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toBe('out\nerr\nCLI_INTERRUPTED\n');
    expect(ran.status).toBe(143);
  });
});
