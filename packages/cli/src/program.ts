// The table of commands. Each verb is a file that adds itself here; help, completion scripts and
// docs/cli.md are all made from what they declare.

import { VERSION } from '@pagelend/lab';
import type { Command } from 'commander';
import { addGroup, makeRoot } from './root.ts';
import { addCheck } from './verbs/check.ts';
import { addCompletion } from './verbs/completion.ts';
import { addCurve } from './verbs/curve.ts';
import { addLease } from './verbs/lease.ts';
import { addPlan } from './verbs/plan.ts';
import { addPolicies } from './verbs/policies.ts';
import { addReproduce } from './verbs/reproduce.ts';
import { addServe } from './verbs/serve.ts';
import { addSim } from './verbs/sim.ts';
import { addTop } from './verbs/top.ts';
import { addTraceExport } from './verbs/trace-export.ts';
import { addTraceImport } from './verbs/trace-import.ts';
import { addTraceInfo } from './verbs/trace-info.ts';
import { addTraceRecord } from './verbs/trace-record.ts';
import { addTraceReduce } from './verbs/trace-reduce.ts';
import { addTraceSynth } from './verbs/trace-synth.ts';

export function makeProgram(): Command {
  const program = makeRoot().version(VERSION, '-V, --version', 'print the version');
  addServe(program);
  addLease(program);
  addTop(program);
  addCheck(program);
  const trace = addGroup(
    program,
    'trace',
    'record, import, export, inspect and make traces of page references',
  );
  addTraceRecord(trace);
  addTraceImport(trace);
  addTraceExport(trace);
  addTraceInfo(trace);
  addTraceSynth(trace);
  addTraceReduce(trace);
  addSim(program);
  addCurve(program);
  addPolicies(program);
  addReproduce(program);
  addPlan(program);
  addCompletion(program);
  return program;
}
