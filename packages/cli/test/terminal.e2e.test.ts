// On a terminal: progress on stderr while it is one, colours unless NO_COLOR, and a terminal that is
// left as it was found. `script` provides the terminal.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { folder, hasProgram, PAGELEND } from './run.ts';

const here = folder();
const COMMAND = `"${process.execPath}" "${PAGELEND}"`;
const WRAP_OFF = '\x1b[?7l';
const WRAP_ON = '\x1b[?7h';

/** What a terminal gets to see of a line of shell in which `pagelend` is the command. */
async function seen(line: string): Promise<string> {
  here.write('line.sh', `pagelend() { ${COMMAND} "$@"; }\n${line}\n`);
  const { stdout } = await here.shell('script -qec "bash line.sh" /dev/null < /dev/null');
  return stdout;
}

describe.skipIf(!hasProgram('script'))('a terminal [skipped where script is absent]', () => {
  beforeAll(async () => {
    await here.run('trace', 'synth', 'zipf:pages=2000', '-n', '60k', '-o', 'z.plt');
  });

  it('shows progress on stderr, clears it, and keeps stdout clean', async () => {
    const text = await seen('pagelend sim z.plt --json --frames 99 > out.json');
    expect(text).toContain('replaying z.plt');
    expect(text).toMatch(/100 %/);
    expect(text.lastIndexOf(WRAP_ON)).toBeGreaterThan(text.lastIndexOf(WRAP_OFF));
    const json = readFileSync(join(here.path, 'out.json'), 'utf8');
    expect(JSON.parse(json).rows).toHaveLength(5);
  });

  it('shows none where stderr is a file, though stdout is a terminal', async () => {
    const text = await seen('pagelend trace synth loop:pages=9 -n 3M -o s.plt 2> err.txt');
    expect(text).toMatch(/^s\.plt: 3,000,000 references [^\x1b]*$/);
    expect(readFileSync(join(here.path, 'err.txt'), 'utf8')).toBe('');
  });

  it('colours the table, and not with NO_COLOR', async () => {
    const colours = /\x1b\[\d+(;\d+)*m/;
    const line = 'pagelend sim z.plt --frames 99 2> /dev/null';
    expect(await seen(line)).toMatch(colours);
    expect(await seen(`NO_COLOR=1 ${line}`)).not.toMatch(colours);
  });

  it('Ctrl-C during sim gives the terminal back', async () => {
    await here.run('trace', 'synth', 'zipf:pages=9000', '-n', '900k', '-o', 'big.plt');
    // A trace from a pipe that stays open: the work is under way until the signal comes.
    const text = await seen(
      `(head -c 1000000 big.plt; touch fed; while test -e fed; do sleep 0.1; done) | ${COMMAND} sim - &
      until test -e fed; do sleep 0.1; done; sleep 0.5; kill -INT $!; rm fed; wait $!; echo status $?`,
    );
    expect(text).toContain('status 130');
    expect(text).toContain(WRAP_OFF);
    expect(text.lastIndexOf(WRAP_ON)).toBeGreaterThan(text.lastIndexOf(WRAP_OFF));
  });
});
