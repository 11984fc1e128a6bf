// pagelend top: the lender live in the terminal, or one table where there is no terminal.

import type { LenderClient } from '@pagelend/daemon';
import { type Command, InvalidArgumentError } from 'commander';
import { CliError } from '../failure.ts';
import { type AskOptions, addAskOptions, clientOf } from '../lender-options.ts';
import { plainNumber } from '../numbers.ts';
import { print, printJson } from '../text.ts';
import { type Rates, ratesBetween, type Sample } from '../top/rates.ts';
import { renderTop } from '../top/render.ts';
import { live } from '../top/screen.ts';

interface TopOptions extends AskOptions {
  readonly interval: number;
  readonly once?: boolean;
}

const INTERVAL_S_MAX = 3600;

const TEACHES = `
stored: uncompressed; behind: what of it is in the tier behind the pool; used: real memory that the
rest takes; ratio: that rest by its memory. Rates are pages a second over the last interval; fetches
and writes of the tier are pages from it and to it. advice: the least memory more that would spare
many faults, and the policy that would spare most device time; pagelend lease advise has all of it.
q or Ctrl-C quits. Where stdout is no terminal, or with --once, it watches for one interval,
prints one table and ends.`;

export function addTop(program: Command): void {
  const verb = program
    .command('top')
    .description('watch a lender live: memory, ratio, leases, pages a second')
    .option('-i, --interval <SECONDS>', 'time between two looks', interval, 1)
    .option('--once', 'print one table and end');
  addAskOptions(verb)
    .addHelpText('after', TEACHES)
    .action(async (options: TopOptions) => {
      const client = clientOf(options);
      const isLive =
        process.stdout.isTTY === true && options.once !== true && options.json !== true;
      if (isLive) await live(() => look(client), options.interval * 1000);
      else await showOnce(client, options);
    });
}

function interval(text: string): number {
  const seconds = plainNumber(text);
  if (seconds >= 0.1 && seconds <= INTERVAL_S_MAX) return seconds;
  throw new InvalidArgumentError(`Expected seconds from 0.1 to ${INTERVAL_S_MAX}.`);
}

async function look(client: LenderClient): Promise<Sample> {
  const [pool, { leases }] = await Promise.all([client.pool(), client.leases()]);
  const advice = pool.tier === null ? null : (await client.advice()).leases;
  return { atMs: performance.now(), pool, leases, advice };
}

async function showOnce(client: LenderClient, options: TopOptions): Promise<void> {
  const first = await look(client);
  await new Promise((resolve) => setTimeout(resolve, options.interval * 1000));
  const second = await look(client);
  if (first.pool.pid !== second.pool.pid) {
    throw new CliError('CLI_INTERRUPTED', 'the daemon was started anew meanwhile; try again');
  }
  const rates = ratesBetween(first, second);
  if (options.json === true) printJson(asJson(second, rates));
  else print(renderTop(second, rates, { width: 0, rows: 0, hasColor: false }));
}

function asJson({ pool, leases, advice }: Sample, rates: Rates): object {
  return {
    schema: 'pagelend.top/1',
    pool,
    tier_fetches_per_second: rates.tier.fetches,
    tier_writes_per_second: rates.tier.writes,
    leases: leases.map((lease) => {
      const { reads, writes } = rates.leases.get(lease.id) ?? { reads: 0, writes: 0 };
      return { ...lease, reads_per_second: reads, writes_per_second: writes };
    }),
    advice,
  };
}
