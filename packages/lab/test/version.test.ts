// The version is written once per package and once in the code; they agree.

import { readFileSync } from 'node:fs';
import { VERSION } from '@pagelend/lab';
import { expect, test } from 'vitest';

const root = new URL('../../../', import.meta.url);

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly workspaces?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
}

function manifest(path: string): Manifest {
  return JSON.parse(readFileSync(new URL(path, root), 'utf8')) as Manifest;
}

const workspace = manifest('package.json');
const packages = workspace.workspaces!.map((path) => manifest(`${path}/package.json`));

test('VERSION is that of the workspace and of every package in it', () => {
  expect(packages.length).toBeGreaterThanOrEqual(4);
  for (const { name, version } of [workspace, ...packages]) {
    expect([name, version]).toEqual([name, VERSION]);
  }
});

test('packages depend on each other by exactly this version', () => {
  for (const { name, dependencies = {} } of packages) {
    for (const [other, version] of Object.entries(dependencies)) {
      if (packages.some((one) => one.name === other)) {
        expect([name, other, version]).toEqual([name, other, VERSION]);
      }
    }
  }
});
