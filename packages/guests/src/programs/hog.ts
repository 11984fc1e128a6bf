// A hog in a guest (programs/hog.c): memory whose every word can be checked after it was swapped
// out and in again. The guest must have the program as a file (`buildProgram('hog')`).

import type { Guest, RunOptions } from '../contract.ts';
import { GuestError } from '../errors.ts';
import type { HogContent } from './hog-content.ts';

export interface HogOptions extends HogContent {
  /** Names its fifo and the file of its answers. */
  readonly name: string;
  /** A multiple of 4096; in user-mode Linux at most UML_HOG_BYTES_MAX. */
  readonly bytes: number;
  /** A cgroup, made before, that it starts in. */
  readonly group?: string;
  /** Where the program lies in the guest. Default `/usr/bin/hog`. */
  readonly program?: string;
}

/**
 * User-mode Linux maps each page of a process by itself, and the host allows 65,530 mappings
 * (vm.max_map_count).
 */
export const UML_HOG_BYTES_MAX = 240 * 1024 * 1024;

export const hogProgram = '/usr/bin/hog';

/** What a check found. */
export interface HogCheck {
  readonly pageCount: number;
  readonly damagedCount: number;
  /** The first damaged pages, as the hog told them. */
  readonly damage: readonly string[];
}

export class Hog {
  readonly pid: number;
  readonly pageCount: number;
  readonly #guest: Guest;
  readonly #files: string;

  private constructor(guest: Guest, files: string, pid: number, pageCount: number) {
    this.#guest = guest;
    this.#files = files;
    this.pid = pid;
    this.pageCount = pageCount;
  }

  /** Starts one and waits until its memory is filled. */
  static async start(guest: Guest, options: HogOptions, run: RunOptions = {}): Promise<Hog> {
    const files = `/run/hog-${options.name}`;
    const output = await guest.mustRun(`${startCommand(options, files)}\n${answer(files, 0)}`, run);
    const found = /^pid (\d+)$/m.exec(output);
    const ready = /^ready pages (\d+) /m.exec(output);
    if (found === null || ready === null) {
      throw new GuestError(
        'GUEST_PROGRAM',
        `the hog ${options.name} of ${guest.name} did not fill its memory: ${output.trim()}`,
      );
    }
    return new Hog(guest, files, Number(found[1]), Number(ready[1]));
  }

  /** The same hog in its guest that was saved and is restored. */
  in(guest: Guest): Hog {
    return new Hog(guest, this.#files, this.pid, this.pageCount);
  }

  /** Reads every word. */
  verify(run?: RunOptions): Promise<HogCheck> {
    return this.#check('verify', 'verified', run);
  }

  /** Reads every word of a share of its pages, others with each call. */
  touch(fraction: number, run?: RunOptions): Promise<HogCheck> {
    return this.#check(`touch ${fraction}`, 'touched', run);
  }

  /** Fills a share of its pages with new content; how many. */
  rewrite(fraction: number, run?: RunOptions): Promise<number> {
    return this.#count(`rewrite ${fraction}`, 'rewritten', run);
  }

  /** Asks the kernel to swap everything out; how many pages are out then. */
  pageOut(run?: RunOptions): Promise<number> {
    return this.#count('out', 'swapped', run);
  }

  /** Pages that are out. Some may still be in the swap cache. */
  swappedPages(run?: RunOptions): Promise<number> {
    return this.#count('swapped', 'swapped', run);
  }

  /** Ends it; its memory and swap are free then. */
  async quit(): Promise<void> {
    await this.#guest.mustRun(
      `echo quit > ${this.#files}.commands\n` +
        `while kill -0 ${this.pid} 2>/dev/null; do usleep 20000; done\nrm -f ${this.#files}.*`,
    );
  }

  async #check(command: string, done: string, run?: RunOptions): Promise<HogCheck> {
    const lines = await this.#ask(command, run);
    const damage = lines.filter((line) => line.startsWith('damaged page '));
    const last = lines.at(-1) ?? '';
    const [, damaged, of] = /^damaged (\d+) of (\d+)$/.exec(last) ?? [];
    if (damaged !== undefined && of !== undefined) {
      return { pageCount: Number(of), damagedCount: Number(damaged), damage };
    }
    return { pageCount: countIn(last, done, command), damagedCount: 0, damage };
  }

  async #count(command: string, done: string, run?: RunOptions): Promise<number> {
    const lines = await this.#ask(command, run);
    return countIn(lines.at(-1) ?? '', done, command);
  }

  /** Sends a command and returns the lines it is answered with. */
  async #ask(command: string, run: RunOptions = {}): Promise<string[]> {
    const { output } = await this.#guest.run(
      `before=$(wc -l < ${this.#files}.answers)\n` +
        `echo '${command}' > ${this.#files}.commands\npid=${this.pid}\n${answer(this.#files)}`,
      run,
    );
    return output.trim().split('\n');
  }
}

function startCommand(options: HogOptions, files: string): string {
  const { name, bytes, seed, compressiblePercent, pattern = 'even', zeroPercent = 0 } = options;
  if (!/^[\w.-]+$/.test(name)) throw new TypeError(`a hog cannot be named ${name}`);
  const program = [
    options.program ?? hogProgram,
    `--bytes ${bytes} --seed ${seed} --compressible ${compressiblePercent}`,
    `--pattern ${pattern} --zero ${zeroPercent} --fifo ${files}.commands`,
  ].join(' ');
  const join = options.group === undefined ? '' : `echo 0 > ${options.group}/cgroup.procs; `;
  return [
    `: > ${files}.answers`,
    `( ${join}exec ${program} ) > ${files}.answers 2>&1 &`,
    'pid=$!',
    'echo pid $pid',
  ].join('\n');
}

/**
 * Waits for the answer behind the first `before` lines and prints it. Lines about damaged pages
 * come before an answer's last line.
 */
function answer(files: string, before?: number): string {
  return [
    ...(before === undefined ? [] : [`before=${before}`]),
    'while :; do',
    '  gone=0; kill -0 $pid 2>/dev/null || gone=1',
    `  answer=$(tail -n +$((before + 1)) ${files}.answers)`,
    '  case "$(echo "$answer" | tail -n 1)" in',
    "    ''|'damaged page '*) ;;",
    '    *) echo "$answer"; exit 0;;',
    '  esac',
    '  [ $gone = 0 ] || { echo "failed it ended: $answer"; exit 1; }',
    '  usleep 20000',
    'done',
  ].join('\n');
}

function countIn(line: string, done: string, command: string): number {
  const [, word, count] = /^(\w+) (\d+)$/.exec(line) ?? [];
  if (word === done && count !== undefined) return Number(count);
  throw new GuestError('GUEST_PROGRAM', `the hog was told ${command} and answered: ${line}`);
}
