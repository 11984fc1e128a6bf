// The archive of the first file system, against Debian's cpio where it is; that the kernel unpacks
// it is shown by every guest that boots.

import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { type ArchiveEntry, newcArchive } from '../src/initramfs/newc.ts';
import { findProgram } from '../src/needs.ts';

const entries: readonly ArchiveEntry[] = [
  { kind: 'folder', path: 'bin' },
  { kind: 'file', path: 'bin/tool', bytes: Buffer.from('12345'), canExecute: true },
  { kind: 'file', path: 'empty', bytes: Buffer.alloc(0), canExecute: false },
  { kind: 'link', path: 'bin/other', target: 'tool' },
  { kind: 'device', path: 'console', major: 5, minor: 1 },
  { kind: 'file', path: 'naïve name', bytes: Buffer.from([0, 255]), canExecute: false },
];

describe('newcArchive', () => {
  it('starts every header and every content at a multiple of four bytes', () => {
    const archive = newcArchive(entries);
    let at = 0;
    const paths: string[] = [];
    while (!paths.includes('TRAILER!!!')) {
      expect(archive.toString('latin1', at, at + 6)).toBe('070701');
      expect(at % 4).toBe(0);
      const field = (index: number): number =>
        Number.parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
      const nameBytes = field(11);
      paths.push(archive.toString('utf8', at + 110, at + 110 + nameBytes - 1));
      const content = Math.ceil((at + 110 + nameBytes) / 4) * 4;
      at = Math.ceil((content + field(6)) / 4) * 4;
    }
    expect(at).toBe(archive.length);
    expect(paths).toEqual([...entries.map((entry) => entry.path), 'TRAILER!!!']);
  });

  it.skipIf(findProgram('cpio') === null)(
    'is listed by cpio as it was meant [skipped where cpio is absent]',
    () => {
      const { stdout, status } = spawnSync('cpio', ['-itv', '--quiet'], {
        input: newcArchive(entries),
        env: { ...process.env, LC_ALL: 'C' },
      });
      expect(status).toBe(0);
      const lines = stdout.toString().trim().split('\n');
      expect(lines[0]).toMatch(/^drwxr-xr-x .* bin$/);
      expect(lines[1]).toMatch(/^-rwxr-xr-x .* 5 .* bin\/tool$/);
      expect(lines[2]).toMatch(/^-rw-r--r-- .* 0 .* empty$/);
      expect(lines[3]).toMatch(/^lrwxrwxrwx .* bin\/other -> tool$/);
      expect(lines[4]).toMatch(/^crw------- .* 5, +1 .* console$/);
      expect(lines).toHaveLength(entries.length);
    },
  );
});
