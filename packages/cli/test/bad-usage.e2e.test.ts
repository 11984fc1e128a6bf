// A wrong command line: one line that says what was expected, status 2, nothing on stdout, nothing
// written.

import { beforeAll, describe, expect, it } from 'vitest';
import { csvOf, expectComplaint, folder } from './run.ts';

const here = folder();

beforeAll(async () => {
  here.write('a.csv', csvOf('1 2 3w 1'));
  here.write('plain.din', '0 1000\n');
  await here.run('trace', 'import', 'a.csv', '-o', 'a.plt');
});

type Case = readonly [line: string, says: RegExp];

async function refuses(cases: readonly Case[]): Promise<void> {
  const before = here.names();
  for (const [line, says] of cases) {
    const ran = await here.run(...line.split(' ').map((word) => (word === "''" ? '' : word)));
    try {
      expectComplaint(ran, 2, says);
    } catch (error) {
      throw new Error(`pagelend ${line}: ${ran.status} ${ran.stderr}`, { cause: error });
    }
  }
  expect(here.names()).toEqual(before);
}

it('as a process: the status, the line on stderr, nothing on stdout', async () => {
  expectComplaint(await here.spawn('sim', 'a.plt', '--frames', '0'), 2, 'is no memory at all');
});

describe('usage', () => {
  it('verbs, options and arguments that there are not', () =>
    refuses([
      ['trace', /expected a command after trace: record, import, /],
      ['smi a.plt', /unknown command 'smi' \(Did you mean sim\?\)/],
      ['frobnicate', /unknown command 'frobnicate'; see --help/],
      ['trace imprt a.csv', /unknown command 'imprt' \(Did you mean import\?\)/],
      ['sim', /missing required argument 'trace'/],
      ['sim a.plt --polcy lru', /unknown option '--polcy' \(Did you mean --policy\?\)/],
      ['sim a.plt --policy', /argument missing/],
      ['policies clock lru', /too many arguments .*expected 1/],
      ['completion tcsh', /'tcsh' is invalid .*zsh, bash, fish, powershell/],
      ['trace import a.csv', /required option '-o, --output <file>'/],
      ['trace record -o x.plt', /missing required argument 'command'/],
      ['trace record -o - -- true', /stdout \(-\) belongs to the recorded program/],
    ]));

  it('frame counts', () =>
    refuses([
      ['sim a.plt --frames 0', /'0' is no memory at all; expected 500, 25%/],
      ['sim a.plt --frames -1', /'-1': not a frame count; expected/],
      ['sim a.plt --frames abc', /'abc': not a frame count; expected/],
      ['sim a.plt --frames 1e9', /'1e9': not a frame count; expected/],
      ['sim a.plt --frames 2.5', /'2\.5': not a frame count; expected/],
      ["sim a.plt --frames ''", /'': not a frame count; expected/],
      ['sim a.plt --frames 3,,4', /frames '3,,4': ''; expected/],
      ['sim a.plt --frames 10%..5%:1%', /ends below its start/],
      ['sim a.plt --frames 5..10%:1', /mixes pages and percent/],
      ['sim a.plt --frames 1..5:0', /'0' is no memory/],
      ['sim a.plt --frames 1..1000000:1', /1000000 frame counts/],
      ['sim a.plt --frames 1..9000:1,10001..19000:1', /18000 frame counts/],
    ]));

  it('costs and media', () =>
    refuses([
      ['sim a.plt --read-cost 0', /read cost 0, .*expected a read cost above 0/],
      ['sim a.plt --read-cost -1', /'-1' is invalid: expected a number/],
      ['sim a.plt --write-cost x', /'x' is invalid: expected a number/],
      ['sim a.plt --cost-ratio 2,0', /expected numbers above 0/],
      ['sim a.plt --cost-ratio 2,,8', /expected a number/],
      ['sim a.plt --medium floppy', /no medium 'floppy'; there are slc, /],
      ['sim a.plt --medium slc --write-cost 2', /costs are given in one way/],
      ['sim a.plt --cost-ratio 2 --read-cost 2', /costs are given in one way/],
    ]));

  it('policies', () =>
    refuses([
      ['sim a.plt --policy lruu', /no policy 'lruu'; there are fifo, /],
      ['sim a.plt --policy lru,', /expected NAME/],
      ['sim a.plt --policy clock:init', /expected one key=value/],
      ['sim a.plt --policy clock:init=0:init=1', /expected one key=value/],
      ['sim a.plt --policy clock:start=1', /no option 'start'; its options: init/],
      ['sim a.plt --policy clock:init=2', /init=2: expected whole number 0\.\.1/],
      ['sim a.plt --policy craw-rm:link=never', /expected immediate\|lazy/],
      ['sim a.plt --offers reference --policy lru', /lru observes every-reference/],
      ['sim a.plt --offers everything', /'everything' is invalid: allowed choices/],
      ['policies lruu', /no policy 'lruu'/],
      ['sim a.plt --policy ./none.ts', /policy file \.\/none\.ts: no such file/],
    ]));

  it('other values', () =>
    refuses([
      ['sim a.plt --warmup x', /expected a number of references/],
      ['sim a.plt --warmup 100%', /below 100%/],
      ['sim a.plt --warmup 4', /a\.plt: a warm-up of 4 references leaves none of its 4/],
      ['sim a.plt --warmup 1 --bound', /a\.plt: the bound has no meaning after a warm-up/],
      ['sim a.plt --jobs 0', /whole number of at least 1/],
      ['sim a.plt --cold-read some', /allowed choices are all, /],
      ['trace import a.csv -o x.plt --page-size 3000', /3000 bytes, expected a power of two/],
      ['trace import a.csv -o x.plt --page-size 4KB', /expected a size such as/],
      ['trace import a.csv -o x.plt --format xml', /allowed choices are lackey, /],
      ['trace import a.plt -o x.plt', /its suffix names no format; give --format/],
      ['trace import a.csv -o x.plt --delimiter ::', /expected one ASCII character/],
      ['trace import a.csv -o x.plt --page-column 1 --address-column 2', /one of the two/],
      ['trace import plain.din -o x.plt --op-column 2', /--op-column is for csv/],
      ['trace import a.csv -o x.plt --renumber', /--renumber is for oracleGeneral/],
      ['trace export -F csv a.plt -o x.csv.zst', /x\.csv\.zst: writing \.zst is not supported/],
      ['trace reduce a.plt -o x.plt --method half', /expected runs, or window:N/],
      ['trace reduce a.plt -o x.plt --method window:0', /with N from 1/],
      ['trace synth zipf -o x.plt', /expected pages=N/],
      ['trace synth cube:pages=4 -o x.plt', /no pattern 'cube'; expected one of zipf, loop, scan/],
      ['trace synth foo:pages=3:skew=1 -o x.plt', /no pattern 'foo'; expected one of zipf/],
      ['trace synth zipf:pages=4:run=2 -o x.plt', /'run=2': expected key=number/],
      ['trace synth zipf:pages=4:writes=2 -o x.plt', /a number from 0 to 1/],
      ['trace synth zipf:pages=0 -o x.plt', /an integer from 1/],
      ['trace synth loop:pages=4 -n 1e6 -o x.plt', /expected a whole number/],
    ]));

  it('files that would be read twice, written twice, or read and written', () =>
    refuses([
      ['sim - -', /stdin \(-\) can be read only once/],
      ['trace info - -', /stdin \(-\) can be read only once/],
      ['trace reduce - --method runs -o x.plt', /only once.*--no-measure/],
      ['sim a.plt --json --csv -', /stdout \(-\): would be written twice/],
      ['sim a.plt --csv x --html ./x', /\.\/x: would be written twice/],
      ['sim a.plt --csv ./a.plt', /\.\/a\.plt: would overwrite what is read/],
      ['trace import a.csv -o a.csv', /a\.csv: would overwrite what is read/],
      ['trace reduce a.plt --method runs -o a.plt', /would overwrite what is read/],
      ['trace export -F csv a.plt -o ./a.plt', /would overwrite what is read/],
    ]));
});
