// The memory hog of a guest: one process, or several where one could not map so much, in a memory
// cgroup of their own from which a fixed amount can be pushed out.

import {
  type Guest,
  groupFolder,
  Hog,
  type HogCheck,
  makeGroupCommand,
  UML_HOG_BYTES_MAX,
} from '@pagelend/guests';
import { RelocationError } from '../errors.ts';
import { PAGE_BYTES } from './plan.ts';

const GROUP = 'hog';
const WORDS_PER_PAGE = PAGE_BYTES / 8;

export interface HogsOptions {
  readonly bytes: number;
  readonly seed: number;
  readonly compressiblePercent: number;
  /** Emulated guests take their time. */
  readonly timeoutSeconds: number;
}

export interface WordCheck {
  readonly words: number;
  /** Of pages in which a word was wrong, each counts once. */
  readonly wrong: number;
  readonly damage: readonly string[];
}

export class Hogs {
  readonly #guest: Guest;
  readonly #hogs: readonly Hog[];
  readonly #timeoutSeconds: number;

  private constructor(guest: Guest, hogs: readonly Hog[], timeoutSeconds: number) {
    this.#guest = guest;
    this.#hogs = hogs;
    this.#timeoutSeconds = timeoutSeconds;
  }

  /** Resolves when all of their memory is filled. */
  static async start(guest: Guest, options: HogsOptions): Promise<Hogs> {
    const { bytes, seed, compressiblePercent, timeoutSeconds } = options;
    await guest.mustRun(makeGroupCommand(GROUP));
    const count = Math.ceil(bytes / UML_HOG_BYTES_MAX);
    const each = Math.ceil(bytes / count / PAGE_BYTES) * PAGE_BYTES;
    const hogs: Hog[] = [];
    for (let index = 0; index < count; index++) {
      const hog = { bytes: each, seed: BigInt(seed + index), compressiblePercent };
      const place = { name: `${GROUP}${index}`, group: groupFolder(GROUP) };
      hogs.push(await Hog.start(guest, { ...hog, ...place }, { timeoutSeconds }));
    }
    return new Hogs(guest, hogs, timeoutSeconds);
  }

  /**
   * Has the kernel reclaim the group until nearly nothing of it is left in memory. Pages that were
   * written out stay in the swap cache until they are reclaimed once more, so what is looked at is
   * the group's memory and not its swap.
   */
  async pushOut(): Promise<void> {
    const folder = groupFolder(GROUP);
    const output = await this.#guest.mustRun(pushOutScript(folder), {
      timeoutSeconds: this.#timeoutSeconds,
    });
    const left = Number(/^left (\d+)$/m.exec(output)?.[1] ?? Number.NaN);
    if (left <= LEFT_BYTES_MAX) return;
    throw new RelocationError(
      'RELOCATION_GUEST',
      `${this.#guest.name}: the hog was to be swapped out, and ${left} bytes of it stayed`,
    );
  }

  /** Reads a share of the pages, others with each call, or all of them. */
  async look(share = 1): Promise<WordCheck> {
    const checks: HogCheck[] = [];
    const options = { timeoutSeconds: this.#timeoutSeconds };
    for (const hog of this.#hogs) {
      checks.push(await (share < 1 ? hog.touch(share, options) : hog.verify(options)));
    }
    const sum = (value: (check: HogCheck) => number): number =>
      checks.reduce((total, check) => total + value(check), 0);
    return {
      words: sum(({ pageCount }) => pageCount) * WORDS_PER_PAGE,
      wrong: sum(({ damagedCount }) => damagedCount),
      damage: checks.flatMap(({ damage }) => damage),
    };
  }
}

/** The programs' own pages, stacks and tables. */
const LEFT_BYTES_MAX = 4 * 2 ** 20;

/** Rounds that free nothing, each a fifth of a second, after which the rest is taken to stay. */
const IDLE_ROUNDS_MAX = 25;

function pushOutScript(folder: string): string {
  return [
    'idle=0',
    `while now=$(cat ${folder}/memory.current); [ "$now" -gt ${LEFT_BYTES_MAX / 4} ]; do`,
    `  echo "$now" 2>/dev/null > ${folder}/memory.reclaim`,
    `  if [ "$(cat ${folder}/memory.current)" -lt "$now" ]; then idle=0`,
    '  else idle=$((idle + 1)); usleep 200000; fi',
    `  [ $idle -lt ${IDLE_ROUNDS_MAX} ] || break`,
    'done 2>/dev/null',
    `echo left $(cat ${folder}/memory.current)`,
  ].join('\n');
}
