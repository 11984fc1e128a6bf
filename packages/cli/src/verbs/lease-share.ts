// pagelend lease share: a lease's part of memory that is divided automatically.

import { type Command, InvalidArgumentError } from 'commander';
import { CliError } from '../failure.ts';
import { type AskOptions, addAskOptions, clientOf } from '../lender-options.ts';
import { plainNumber, sizeBytes } from '../numbers.ts';
import { bytes, print, printJson } from '../text.ts';

interface ShareOptions extends AskOptions {
  readonly weight?: number;
  readonly floor?: number;
  readonly cap?: number | 'none';
}

const WEIGHT_MAX = 1000;

const TEACHES = `
With serve --share auto, memory that is short goes to the leases that gain most by it, as shadow
copies of their policies say. A gain of a lease with weight 2 counts twice. What a lease holds below
its floor is not taken from it, whatever others gain; past its cap it gets nothing that others could
use. Without --share auto nothing of this is in force, and a lease with a limit keeps to it either way.

Examples:
  pagelend lease share web --weight 2 --floor 256MiB
  pagelend lease share batch --cap 1GiB`;

export function addLeaseShare(lease: Command): void {
  const verb = lease
    .command('share')
    .description('change what a lease is to have of memory that is short, at once')
    .argument('<NAME>', 'a lease')
    .option('--weight <N>', 'what a gain of it counts beside one of others', weightOf)
    .option('--floor <SIZE>', 'memory that others do not take from it', sizeBytes)
    .option('--cap <SIZE|none>', 'memory past which it gets none that others could use', (text) =>
      text === 'none' ? text : sizeBytes(text),
    );
  addAskOptions(verb)
    .addHelpText('after', TEACHES)
    .action(async (name: string, { weight, floor, cap, json, ...rest }: ShareOptions) => {
      if (weight === undefined && floor === undefined && cap === undefined) {
        throw new CliError('CLI_USAGE', 'lease share: give --weight, --floor or --cap');
      }
      const changed = await clientOf(rest).change(name, {
        share: {
          ...(weight === undefined ? {} : { weight }),
          ...(floor === undefined ? {} : { floor_bytes: floor }),
          ...(cap === undefined ? {} : { cap_bytes: cap === 'none' ? null : cap }),
        },
      });
      if (json === true) return printJson(changed);
      const { share } = changed.lease;
      const most = share.cap_bytes === null ? 'no cap' : `cap ${bytes(share.cap_bytes)}`;
      print(`lease ${name}: weight ${share.weight}, floor ${bytes(share.floor_bytes)}, ${most}`);
    });
}

function weightOf(text: string): number {
  const weight = plainNumber(text);
  if (weight > 0 && weight <= WEIGHT_MAX) return weight;
  throw new InvalidArgumentError(`Expected a number above 0, ${WEIGHT_MAX} at most.`);
}
