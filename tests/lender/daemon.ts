// A lender in a temporary folder for the tests of one file: started as a user starts it, ended and
// cleared away whatever the tests do.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { NbdClient } from './client.ts';

/** The command under test: this build's, or the one that PAGELEND_BIN names (an installed one). */
const PAGELEND =
  process.env.PAGELEND_BIN ??
  fileURLToPath(new URL('../../packages/cli/bin/pagelend.js', import.meta.url));
const READY_MS_MAX = 60_000;
const STOP_MS_MAX = 60_000;
const SHARED_MEMORY = '/dev/shm';

export interface LenderOptions {
  /** Lease names to sizes, with `,limit=SIZE` where one shall be limited. */
  readonly leases: Readonly<Record<string, string>>;
  readonly memory?: string;
  readonly args?: readonly string[];
}

/** What `lease list --json` says of one lease. */
export type LeaseFigures = Readonly<Record<string, number>> & { readonly name: string };

/** A verb that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<{ status: number; stdout: string; stderr: string }>;
}

export class Lender {
  readonly stateDir = mkdtempSync(join(tmpdir(), 'pagelend-lender-'));
  readonly #options: LenderOptions;
  #child: ChildProcess | null = null;
  #said = '';

  constructor(options: LenderOptions) {
    this.#options = options;
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  /** What the daemon has said on stderr since its last start. */
  get said(): string {
    return this.#said;
  }

  /** Where it listens over TCP, from the line that says it is ready. */
  get port(): number {
    return Number(/^ready:.* tcp:\S+:(\d+)/m.exec(this.#said)?.[1]);
  }

  get isRunning(): boolean {
    const child = this.#child;
    return child !== null && child.exitCode === null && child.signalCode === null;
  }

  socket(lease: string): string {
    return join(this.stateDir, 'leases', `${lease}.sock`);
  }

  /** As clients of libnbd and QEMU take it. */
  uri(lease: string): string {
    return `nbd+unix:///${lease}?socket=${this.socket(lease)}`;
  }

  /**
   * Starts it, for the first time or again, and waits until it says that it is ready. Another
   * `command` is another version's; other `args` take the place of those it was made with.
   */
  async start(
    command: string = PAGELEND,
    args: readonly string[] = this.#options.args ?? [],
  ): Promise<void> {
    const { leases, memory = '256M' } = this.#options;
    const wanted = Object.entries(leases).flatMap(([name, size]) => ['--lease', `${name}=${size}`]);
    const words = ['serve', '--state-dir', this.stateDir, '--memory', memory, ...wanted];
    const child = spawn(process.execPath, [command, ...words, '--http', 'off', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    this.#said = '';
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`the lender ${why}: ${this.#said}`));
      const timer = setTimeout(() => fail('was not ready in time'), READY_MS_MAX);
      child.on('error', (error) => fail(error.message));
      child.on('exit', (code, signal) => fail(`ended (${code ?? signal})`));
      child.stderr!.on('data', (chunk: Buffer) => {
        this.#said += chunk;
        if (!/^ready:/m.test(this.#said)) return;
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** SIGTERM; returns the exit status. */
  async stop(): Promise<number> {
    return this.#end('SIGTERM');
  }

  /** SIGKILL, as the kernel does when memory runs out. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  connect(lease: string): Promise<NbdClient> {
    return NbdClient.connect(this.socket(lease), lease);
  }

  /** Runs another verb of the command on this lender; returns its stdout. */
  verb(...words: string[]): string {
    const command = [PAGELEND, ...words, '--state-dir', this.stateDir];
    return execFileSync(process.execPath, command, { encoding: 'utf8', stdio: 'pipe' });
  }

  /** The same without waiting here, for verbs that talk to what runs in this process. */
  run(...words: string[]): Running {
    const command = [PAGELEND, ...words, '--state-dir', this.stateDir];
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk));
    const ended = once(child, 'close').then(([code]) => ({ status: code ?? -1, stdout, stderr }));
    return { child, ended };
  }

  figures(lease: string): LeaseFigures {
    const { leases } = JSON.parse(this.verb('lease', 'list', '--json')) as {
      leases: LeaseFigures[];
    };
    return leases.find(({ name }) => name === lease)!;
  }

  /** The memory that the pool's files take, fragmentation and all: what the kernel counts. */
  poolBytes(): number {
    const files = this.#poolFolders().flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    );
    return files.reduce((sum, path) => sum + statSync(path).blocks * 512, 0);
  }

  async clear(): Promise<void> {
    if (this.isRunning) await this.kill();
    rmSync(this.stateDir, { recursive: true, force: true });
    for (const folder of this.#poolFolders()) rmSync(folder, { recursive: true, force: true });
  }

  /** Where the state is not in memory, the pool is in a folder of shared memory named after it. */
  #poolFolders(): string[] {
    const names = readdirSync(SHARED_MEMORY).filter(
      (name) => name.startsWith('pagelend-') && name.includes(basename(this.stateDir)),
    );
    return names.map((name) => join(SHARED_MEMORY, name));
  }

  async #end(signal: NodeJS.Signals): Promise<number> {
    const child = this.#child!;
    if (!this.isRunning) return child.exitCode ?? -1;
    const exited = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
    const [code] = await exited;
    clearTimeout(timer);
    return code ?? -1;
  }
}

const started: Lender[] = [];

// Registered while the file is collected: a hook made inside of a test would never run.
afterAll(() => Promise.all(started.map((lender) => lender.clear())));

/** A lender that runs until the tests of the file are over. */
export async function startLender(options: LenderOptions): Promise<Lender> {
  const lender = new Lender(options);
  started.push(lender);
  await lender.start();
  return lender;
}
