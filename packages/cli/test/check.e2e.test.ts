// pagelend check, on what a real lender left: the answers as text and as JSON, the statuses, and that
// it keeps away from a lender that runs. What damage it finds is tested in the store.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { lockFile } from '@pagelend/linux';
import { BUFFERS_AT, openPool } from '@pagelend/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectComplaint, folder, PAGELEND } from './run.ts';

const here = folder();
const state = join(here.path, 'state');
const poolDir = join(here.path, 'pool');
const AT = ['--state-dir', state, '--pool-dir', poolDir];
const PAGES = 100;

const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

async function serve(): Promise<() => Promise<void>> {
  const words = ['serve', ...AT, '--memory', '16MiB', '--lease', 'web=4MiB', '--http', 'off'];
  const child = spawn(process.execPath, [PAGELEND, ...words], { stdio: 'pipe' });
  running.add(child);
  let stderr = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr!.on('data', (part) => {
      stderr += part;
      if (/^ready: /m.test(stderr)) resolve();
    });
    child.on('exit', (status) => reject(new Error(`status ${status}: ${stderr}`)));
  });
  return async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
    running.delete(child);
  };
}

interface DefinitionFile {
  readonly id: string;
  readonly bytes: number;
}

const definitionPath = join(state, 'leases', 'web.json');
const definition = (): DefinitionFile => JSON.parse(readFileSync(definitionPath, 'utf8'));
const tablePath = (): string => join(poolDir, `${definition().id}.slots`);

/** Puts pages into the lease as its lender would have. */
function fill(): void {
  const { id, bytes } = definition();
  const options = { directory: poolDir, owner: state, memoryBytes: 16 * 2 ** 20 };
  const { pool } = openPool({ ...options, codec: 'lzo', threadCountMax: 1, tier: null }, [
    { id, bytes, limitBytes: null },
  ]);
  const pages = pool.pagesOf(id, 5);
  for (let slot = 0; slot < PAGES; slot++) {
    for (let at = 0; at < 512; at++) pool.store.io[BUFFERS_AT + at] = at * (slot + 3);
    expect(pages.write(slot, BUFFERS_AT)).toBe(0);
  }
  pool.close();
}

/** Changes a file for as long as `work` takes. */
async function changed<T>(
  path: string,
  change: (bytes: Buffer) => Buffer | null,
  work: () => Promise<T>,
): Promise<T> {
  const before = existsSync(path) ? readFileSync(path) : null;
  const after = change(Buffer.from(before ?? []));
  if (after === null) rmSync(path);
  else writeFileSync(path, after);
  try {
    return await work();
  } finally {
    if (before === null) rmSync(path, { force: true });
    else writeFileSync(path, before);
  }
}

interface CheckJson {
  readonly is_sound: boolean;
  readonly leases: readonly Readonly<Record<string, string | number>>[];
  readonly findings: readonly Readonly<Record<string, string | number | null>>[];
  readonly kinds: readonly { readonly kind: string; readonly count: number }[];
}

async function checkJson(): Promise<{ status: number; stderr: string; json: CheckJson }> {
  const { status, stderr, stdout } = await here.run('check', ...AT, '--json');
  return { status, stderr, json: JSON.parse(stdout) };
}

const names = (path: string): string[] =>
  (readdirSync(path, { recursive: true }) as string[]).sort().map((name) => {
    const { size, mtimeMs, mode } = statSync(join(path, name));
    return `${name} ${size} ${mtimeMs} ${mode}`;
  });

beforeAll(async () => {
  const stop = await serve();
  await stop();
  fill();
});

describe('what a lender left in order', () => {
  it('is sound, and stays as it is', async () => {
    const before = [names(state), names(poolDir)];
    const { status, stderr, stdout } = await here.run('check', ...AT);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.split('\n')[0]).toBe(`${state}, pool ${poolDir}: sound`);
    expect(stdout).toMatch(/^web +4\.0 MiB +100 +0 +100 +0 +0$/m);
    expect(stdout).toMatch(/^pool: .* of memory, of it .* in use; tables: .*$/m);
    const quick = await here.run('check', ...AT, '--quick');
    expect(quick.stdout).toContain('sound, as far as heads and entries say');
    expect([names(state), names(poolDir)]).toEqual(before);
  });

  it('is sound in JSON', async () => {
    const { status, json } = await checkJson();
    expect(status).toBe(0);
    expect(json).toMatchObject({
      schema: 'pagelend.check/1',
      state_dir: state,
      pool_dir: poolDir,
      tier_path: null,
      is_quick: false,
      is_sound: true,
      tier: null,
      kinds: [],
      findings: [],
    });
    expect(json.leases).toMatchObject([
      { name: 'web', size: 4 * 2 ** 20, pages: PAGES, pool_pages: PAGES, damaged_pages: 0 },
    ]);
  });

  it('is found without --pool-dir where serve would find it', async () => {
    const { stdout } = await here.run('check', '--state-dir', state, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ kinds: [{ kind: 'no-pool', severity: 'note' }] });
  });
});

describe('damage', () => {
  it('names the page, and is status 1', async () => {
    const path = join(poolDir, 'pages.0');
    const spoil = (bytes: Buffer) => bytes.fill(0x5a, 65_536, 65_536 + 40);
    await changed(path, spoil, async () => {
      const { status, stderr, json } = await checkJson();
      expect(status).toBe(1);
      expect(stderr).toMatch(
        /^pagelend: .* is not sound: 1 damaged pages \(page 1\); .* \[CLI_DAMAGE\]\n$/,
      );
      expect(json).toMatchObject({ is_sound: false });
      expect(json.findings).toHaveLength(1);
      const [finding] = json.findings;
      expect(finding).toMatchObject({ kind: 'page', severity: 'damage', lease: 'web', block: 1 });
      expect(finding).toMatchObject({ offset_bytes: Number(finding!.slot) * 4096, index: 0 });
      const { status: again, stdout } = await here.run('check', ...AT);
      expect(again).toBe(1);
      expect(stdout).toContain(': NOT sound\n');
      expect(stdout).toMatch(
        /^damage: page \(1\): .*\n {2}web: slot \d+, byte \d+ of its device \(block 1, place 0\): its header/m,
      );
    });
  });

  it('past twenty lines of a kind is counted in the text, and whole in JSON', async () => {
    const spoil = (bytes: Buffer) => bytes.subarray(0, 0);
    await changed(join(poolDir, 'pages.0'), spoil, async () => {
      const { stdout } = await here.run('check', ...AT);
      expect(stdout.match(/pages\.0 ends before it$/gm)).toHaveLength(20);
      expect(stdout).toMatch(/^ {2}and 80 more$/m);
      const { json } = await checkJson();
      expect(json.findings.filter(({ kind }) => kind === 'page')).toHaveLength(PAGES);
    });
  });

  it('of a definition is named, and its table is no stray', async () => {
    await changed(
      definitionPath,
      () => Buffer.from('{"schema": 7'),
      async () => {
        const { status, json } = await checkJson();
        expect(status).toBe(1);
        expect(json.findings).toMatchObject([
          { kind: 'definition', lease: 'web' },
          { kind: 'stray-table', severity: 'note' },
        ]);
        expect(json.findings[0]!.says).toContain("not a lease's definition");
        expect(json.findings[1]!.says).toContain("may be that of a lease whose definition can't");
      },
    );
  });

  it('of two definitions with one id', async () => {
    const twin = { ...definition(), name: 'web2' };
    const write = () => Buffer.from(JSON.stringify(twin));
    await changed(join(state, 'leases', 'web2.json'), write, async () => {
      const { json } = await checkJson();
      expect(json.findings).toMatchObject([{ kind: 'definition', lease: 'web2' }]);
      expect(json.findings[0]!.says).toContain('it has the id of lease web');
    });
  });

  it('of a table that is gone', async () => {
    const { id } = definition();
    await changed(
      tablePath(),
      () => null,
      async () => {
        const { json } = await checkJson();
        expect(json.findings).toMatchObject([{ kind: 'missing-table', lease: 'web' }]);
        expect(json.findings[0]!.says).toContain(id);
      },
    );
  });
});

describe('what is on its way', () => {
  it('is noted: a move, its word, a definition that was cut short', async () => {
    const token = 'A'.repeat(22);
    const to = '/elsewhere/admin.sock';
    const transit = { phase: 'moving', token, to, lenderId: 'x', socket: null };
    const moving = () => Buffer.from(JSON.stringify({ ...definition(), transit, cameBy: token }));
    const leases = join(state, 'leases');
    const empty = () => Buffer.alloc(0);
    const { status, json } = await changed(definitionPath, moving, () =>
      changed(join(leases, `${token}.came`), empty, () =>
        changed(join(leases, '.web.json'), empty, checkJson),
      ),
    );
    expect(status).toBe(0);
    expect(json.findings.map(({ kind }) => kind).sort()).toEqual([
      'transit',
      'transit',
      'transit',
      'unfinished',
    ]);
    expect(json.findings.map(({ says }) => says)).toContain(
      `lease web is moving to ${to}, and its pages are here too`,
    );
  });

  it('the pages of a lease that has moved are not looked for', async () => {
    const transit = {
      phase: 'moved',
      token: 'A'.repeat(22),
      to: '/x',
      lenderId: 'x',
      socket: null,
    };
    const moved = () => Buffer.from(JSON.stringify({ ...definition(), transit }));
    const { json } = await changed(definitionPath, moved, checkJson);
    expect(json.leases).toEqual([]);
    expect(json.findings.map(({ kind }) => kind)).toEqual(['stray-table', 'transit']);
  });
});

describe('a tier', () => {
  it('that no page needs may be missing', async () => {
    const { status, stdout } = await here.run('check', ...AT, '--tier', join(here.path, 'none'));
    expect(status).toBe(0);
    expect(stdout).toMatch(/^note: other-tier \(1\): /m);
  });

  it('is found by what serve wrote down', async () => {
    const note = { schema: 'pagelend.tier-note/1', path: '/behind/it' };
    const write = () => Buffer.from(JSON.stringify(note));
    const { json } = await changed(join(state, 'tier.json'), write, checkJson);
    expect(json).toMatchObject({ tier_path: '/behind/it', is_sound: true });
    const nonsense = await changed(join(state, 'tier.json'), () => Buffer.from('{'), checkJson);
    expect(nonsense.json).toMatchObject({ tier_path: null, is_sound: true });
  });

  it('whose path nobody knows leaves its pages unchecked', async () => {
    const behind = (bytes: Buffer) => {
      bytes.writeUInt32LE(2, 16);
      bytes.writeUInt32LE(0xc000_0040, 4096 + 2 ** 20);
      return bytes;
    };
    const { status, json } = await changed(tablePath(), behind, checkJson);
    expect(status).toBe(1);
    expect(json.findings).toMatchObject([{ kind: 'tier-path', severity: 'unchecked' }]);
    expect(json.findings[0]!.says).toContain('1 pages are behind the pool, and were not checked');
    expect(json.leases[0]).toMatchObject({ behind_pages: 1, damaged_pages: 0 });
  });
});

describe('refusals', () => {
  it('while a lender serves', async () => {
    const stop = await serve();
    try {
      const says =
        /a lender serves it \(process \d+\); `pagelend lease list` .* \[DAEMON_RUNNING\]/;
      expectComplaint(await here.run('check', ...AT), 1, says);
      const other = ['--state-dir', here.path, '--pool-dir', poolDir];
      expectComplaint(await here.run('check', ...other), 1, 'STORE_IN_USE');
    } finally {
      await stop();
    }
    expect((await here.run('check', ...AT)).status).toBe(0);
  });

  it('of a start while a check holds the state directory', async () => {
    const fd = openSync(join(state, 'lock'), 'r');
    expect(lockFile(fd)).toBe(true);
    const start = here.spawn('serve', ...AT, '--memory', '16MiB', '--http', 'off');
    expectComplaint(
      await start,
      1,
      /another daemon, or a `pagelend check`, has it; .* \[DAEMON_RUNNING\]/,
    );
    closeSync(fd);
  });

  it('of a state directory that is not there, and of a pool of another one', async () => {
    expectComplaint(await here.run('check', '--state-dir', '/none'), 1, 'DAEMON_STATE_DIR');
    const other = ['--state-dir', here.path, '--pool-dir', poolDir];
    expectComplaint(await here.run('check', ...other), 1, 'STORE_OWNER');
  });

  it('of options that are none', async () => {
    expectComplaint(await here.run('check', '--quickly'), 2, 'CLI_USAGE');
    expectComplaint(await here.run('check', 'web'), 2, 'CLI_USAGE');
  });
});
