// The guides say of each block which test runs it, and that is so; what `lease show` prints is what
// they print.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startLender } from '../lender/daemon.ts';
import { GUIDE_STATE_DIR, LEASE } from './attachments.ts';
import { blocksOf, guideBlock, guideNames } from './guide.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));

const blocks = guideNames().flatMap(blocksOf);

/** The places in the tests where a block is asked for, by file. */
const uses = new Map(
  readdirSync(here)
    .filter((name) => name.endsWith('.ts'))
    .map((name): [string, string] => [`tests/guests/${name}`, readFileSync(here + name, 'utf8')]),
);

test.each(blocks)('$guide:$line says whether it is tested', ({ tests, untested }) => {
  expect([tests === null, untested === null]).toContain(false);
  if (untested !== null) expect(untested.length).toBeGreaterThan(10);
});

const tested = blocks.filter(({ tests }) => tests !== null);

test('some are tested', () => {
  expect(tested.length).toBeGreaterThan(5);
});

test.each(tested)('$guide#$name is run by the tests that it names', ({ guide, name, tests }) => {
  const used = [...uses].filter(([, text]) => text.includes(`${guide}#${name}'`));
  expect(used.map(([file]) => file)).not.toEqual([]);
  for (const file of tests!) {
    expect(existsSync(root + file), file).toBe(true);
    expect(
      reaches(
        file,
        used.map(([each]) => each),
      ),
      `${file} runs ${guide}#${name}`,
    ).toBe(true);
  }
});

test('names of blocks are used once, and tests ask for none that is not there', () => {
  const names = tested.map(({ guide, name }) => `${guide}#${name}`);
  expect(new Set(names).size).toBe(names.length);
  for (const [file, text] of uses) {
    for (const [, asked] of text.matchAll(/'([a-z]+\.md#[a-z-]+)'/g)) {
      expect(names, file).toContain(asked);
    }
  }
});

test('lease show prints what the guides print', async () => {
  const lender = await startLender({ leases: { [LEASE]: '1GiB' } });
  const shown = attachment(lender.verb('lease', 'show', LEASE, '--json'));
  const asInGuide = (text: string) => text.replaceAll(lender.stateDir, GUIDE_STATE_DIR);
  expect(asInGuide(shown.qemu)).toBe(guideBlock('qemu.md#disk'));
  expect(asInGuide(shown.libvirt_xml)).toBe(guideBlock('libvirt.md#disk'));
  for (const line of shown.swapon.split('\n')) {
    expect(guideBlock('settings.md#swapon').split('\n')).toContain(line);
  }
  const proxmox = blocksOf('proxmox.md')[0]!.text;
  expect(proxmox).toBe(`args: ${guideBlock('qemu.md#disk').replaceAll(' \\\n', ' ')}`);
});

test('lease show of a lender that says ENOSPC prints the flags that pause the guest', async () => {
  const args = ['--full-error', 'ENOSPC'];
  const lender = await startLender({ leases: { [LEASE]: '1GiB' }, args });
  const { qemu } = attachment(lender.verb('lease', 'show', LEASE, '--json'));
  const shown = qemu.replaceAll(lender.stateDir, GUIDE_STATE_DIR);
  expect(shown).toBe(guideBlock('qemu.md#pausing-disk'));
});

interface Shown {
  readonly qemu: string;
  readonly libvirt_xml: string;
  readonly swapon: string;
}

function attachment(json: string): Shown {
  return (JSON.parse(json) as { attachment: Shown }).attachment;
}

/** Whether a test's file is one of these, or imports one, directly or not. */
function reaches(file: string, targets: readonly string[], seen = new Set<string>()): boolean {
  if (targets.includes(file)) return true;
  if (seen.has(file)) return false;
  seen.add(file);
  const imports = [...(uses.get(file) ?? '').matchAll(/from '\.\/([^']+)'/g)];
  return imports.some(([, name]) => reaches(`tests/guests/${name}`, targets, seen));
}
