// `npm start`: sets everything up and does both halves of the main job on real input. It records a
// real program on this machine, compares the policies on it and writes the report; then it starts the
// lender and moves pages of real processes through it. While its output is a terminal it goes on
// lending until Ctrl-C; `npm start -- --serve` and `-- --once` say it outright.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fail, root, say, setUp } from './setup.mjs';
import { lend } from './start-lend.mjs';
import { recordedProgram } from './start-program.mjs';
import { needPrograms } from './system-packages.mjs';

const POLICIES = 'clock,car,craw-rm,craw-rm:link=lazy,craw,esc,fifo,lru,arc,cflru,min';
/** Few in the table, many in the report: single sizes are chaotic, a curve tells. */
const TABLE_FRAMES = '25%,50%,75%';
const REPORT_FRAMES = '5%..95%:5%';
const SHIPPED = 'recordings/sqlite3.plt';

const isServing = modeOf(process.argv.slice(2));
setUp();
const missing = needPrograms(['valgrind', 'nbdcopy']);
const out = join(root, 'out');
mkdirSync(out, { recursive: true });
const trace = missing.includes('valgrind') ? shipped() : record();
const report = relative(root, join(out, 'report.html'));
say(`\nComparing the policies on ${show(trace)}`);
pagelend(['sim', trace, '--policy', POLICIES, '--frames', TABLE_FRAMES, '--bound']);
say('\nDrawing the curves over memory sizes, for storage whose writes cost 2, 4 and 8 reads');
pagelend(
  [
    'sim',
    trace,
    '--policy',
    POLICIES,
    '--frames',
    REPORT_FRAMES,
    '--cost-ratio',
    '2,4,8',
    '--bound',
    '--html',
    report,
  ],
  { stdio: ['inherit', 'ignore', 'inherit'] },
);
say(`\nThe report with the curves: ${show(join(root, report))} (open it in a browser)`);
say(`The trace: ${show(trace)}`);
await lend({ isServing, out });
say('\nNext: npx pagelend --help');

/** Whether to go on lending at the end. */
function modeOf(words) {
  const known = ['--serve', '--once'];
  const strays = words.filter((word) => !known.includes(word));
  if (strays.length > 0 || words.length > 1)
    fail(`npm start takes -- --serve or -- --once, not ${words.join(' ')}`);
  return words.length === 0 ? process.stdout.isTTY === true : words[0] === '--serve';
}

/** Records the program and returns the path of the trace. */
function record() {
  const { command, input, says } = recordedProgram();
  const scratch = mkdtempSync(join(tmpdir(), 'pagelend-start-'));
  const trace = join(out, `${command[0]}.plt`);
  // At exit, because a command that fails ends the process from within; and Ctrl-C is left to the
  // command, whose status then tells of it, or this process would be gone before it could clean up.
  process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
  process.on('SIGINT', () => {});
  rmSync(trace, { force: true });
  input(scratch);
  say(`\nRecording ${says}`);
  const shown = ['trace', 'record', '-o', trace, '--', ...command];
  // diff says 1 where the files differ, and the recording passes that on. A recording that failed
  // says 1 as well, and is known by the trace that it did not leave.
  pagelend(shown, { cwd: scratch, stdio: ['ignore', 'ignore', 'inherit'] }, [0, 1]);
  if (!existsSync(trace)) fail('nothing was recorded');
  return trace;
}

function shipped() {
  say(`\nValgrind is not installed, so this replays a shipped recording: ${SHIPPED}`);
  return join(root, SHIPPED);
}

/** Runs the command as a user would, and shows what it was. */
function pagelend(args, options = {}, expected = [0]) {
  say(`$ npx pagelend ${args.map((arg) => (arg.startsWith(root) ? show(arg) : arg)).join(' ')}`);
  const launcher = join(root, 'packages/cli/bin/pagelend.js');
  const { status, signal } = spawnSync(process.execPath, [launcher, ...args], {
    cwd: root,
    stdio: 'inherit',
    ...options,
  });
  if (signal !== null || !expected.includes(status)) {
    if (status === 130 || signal === 'SIGINT') process.exit(130);
    fail(`pagelend ${args[0]} ended with ${signal ?? `status ${status}`}`);
  }
}

function show(path) {
  return relative(process.cwd(), path) || path;
}
