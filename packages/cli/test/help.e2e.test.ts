// Help of every verb, the version, the list of policies and the completion scripts.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { folder, hasProgram } from './run.ts';

const here = folder();

const VERBS = ['record', 'import', 'export', 'info', 'synth', 'reduce'].map(
  (verb) => `trace ${verb}`,
);

const LEASE_VERBS = ['create', 'list', 'show', 'limit', 'resize', 'delete'].map(
  (verb) => `lease ${verb}`,
);

describe('help', () => {
  it('of every verb goes to stdout and fits a terminal', async () => {
    const verbs = [
      '',
      'serve',
      'lease',
      ...LEASE_VERBS,
      'top',
      'check',
      'trace',
      ...VERBS,
      'sim',
      'curve',
      'policies',
      'reproduce',
      'reproduce craw-rm',
      'completion',
    ];
    for (const verb of verbs) {
      const words = verb.split(' ').filter((word) => word !== '');
      const { status, stdout, stderr } = await here.run(...words, '--help');
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toContain(`Usage: pagelend${verb === '' ? '' : ` ${verb}`}`);
      for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(110);
      expect(stdout).not.toMatch(/undefined|NaN|\[object/);
    }
  });

  it('pagelend help VERB is the same', async () => {
    const [help, flag] = await Promise.all([here.run('help', 'sim'), here.run('sim', '--help')]);
    expect(help).toEqual(flag);
  });

  it('the version is that of the package', async () => {
    const manifest = new URL('../package.json', import.meta.url);
    const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
    const { status, stdout } = await here.spawn('--version');
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${version}\n` });
  });
});

interface Listed {
  readonly schema: string;
  readonly policies: readonly {
    readonly name: string;
    readonly observes: string;
    readonly source: string | null;
    readonly options: readonly { readonly name: string }[];
  }[];
}

describe('policies', () => {
  it('lists all, or tells of one', async () => {
    const [list, json, one] = await Promise.all([
      here.run('policies'),
      here.json<Listed>('policies', '--json'),
      here.run('policies', 'craw-rm'),
    ]);
    expect(json.schema).toBe('pagelend.policies/1');
    const names = json.policies.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['fifo', 'lru', 'clock', 'car', 'craw', 'craw-rm']),
    );
    for (const { name, observes, source } of json.policies) {
      expect(list.stdout).toMatch(new RegExp(`^${name} +${observes.replace('+', '\\+')} `, 'm'));
      expect(source).toBeTruthy();
    }
    expect(one.stdout).toMatch(/^craw-rm: /);
    expect(one.stdout).toMatch(/^link +immediate +immediate\|lazy /m);
  });
});

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish', 'powershell'])('prints a script for %s', async (shell) => {
    const { status, stdout, stderr } = await here.run('completion', shell);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('pagelend');
    if (shell !== 'powershell' && hasProgram(shell)) {
      const checked = await here.shell(`pagelend completion ${shell} | ${shell} -n`);
      expect({ status: checked.status, stderr: checked.stderr }).toEqual({ status: 0, stderr: '' });
    }
  });

  it('offers verbs, options, policies, media and formats', async () => {
    const offers = async (...words: string[]) =>
      (await here.run('complete', '--', ...words)).stdout
        .split('\n')
        .map((line) => line.split('\t')[0]!);
    const [verbs, options, policies, media, formats] = await Promise.all([
      offers('trace', ''),
      offers('sim', '--me'),
      offers('sim', '--policy', ''),
      offers('sim', '--medium', ''),
      offers('trace', 'import', '--format', ''),
    ]);
    expect(verbs).toEqual(expect.arrayContaining(['record', 'import', 'info']));
    expect(options).toContain('--medium');
    expect(policies).toEqual(expect.arrayContaining(['clock', 'craw-rm']));
    expect(media).toContain('slc');
    expect(formats).toContain('oracleGeneral');
  });
});
