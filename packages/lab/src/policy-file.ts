// Policies by name or from a user's own file. Node 20 imports no TypeScript, so files load through
// jiti; `@pagelend/policies` resolves to this installation wherever the file lies.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  isObservation,
  isPolicyFile,
  mustFindPolicy,
  observationOf,
  optionsOf,
  type PolicyDefinition,
} from '@pagelend/policies';
import { LabError } from './errors.ts';

const EXPECTED =
  "expected `export const policy = { name, summary, source, observes: 'reference', create(settings) {…} }`";

/** The definition behind a policy's name or file. */
export async function loadPolicy(name: string): Promise<PolicyDefinition> {
  return isPolicyFile(name) ? loadPolicyFile(name) : mustFindPolicy(name);
}

async function loadPolicyFile(path: string): Promise<PolicyDefinition> {
  if (!existsSync(path)) throw new LabError('LAB_POLICY_FILE', `policy file ${path}: no such file`);
  let exports: unknown;
  try {
    // Loaded here, because few commands need it and all of them would wait for it.
    const { createJiti } = await import('jiti');
    const jiti = createJiti(import.meta.url, {
      alias: { '@pagelend/policies': fileURLToPath(import.meta.resolve('@pagelend/policies')) },
      fsCache: false,
    });
    exports = await jiti.import(resolve(path));
  } catch (error) {
    const why = error instanceof Error ? firstLines(error.message) : String(error);
    throw new LabError('LAB_POLICY_FILE', `policy file ${path}: ${why}`);
  }
  const { policy, default: fallback } = (exports ?? {}) as { policy?: unknown; default?: unknown };
  return checkDefinition(policy ?? fallback, path);
}

/** A parser says what is wrong in one line and where in the next. */
function firstLines(message: string): string {
  return message.split('\n').slice(0, 2).join(' ').trim();
}

function checkDefinition(value: unknown, path: string): PolicyDefinition {
  const definition = value as Partial<PolicyDefinition> | null | undefined;
  const { name, observes, create } = definition ?? {};
  const observesWell =
    typeof observes === 'function' || (typeof observes === 'string' && isObservation(observes));
  if (typeof name !== 'string' || typeof create !== 'function' || !observesWell) {
    throw new LabError('LAB_POLICY_FILE', `policy file ${path}: ${EXPECTED}`);
  }
  const whole = definition as PolicyDefinition;
  const options = Object.entries(whole.options ?? {});
  const stray = options.find(
    ([, option]) => option?.kind !== 'number' && option?.kind !== 'choice',
  );
  if (stray !== undefined) {
    throw new LabError(
      'LAB_POLICY_FILE',
      `policy file ${path}: option '${stray[0]}': expected { kind: 'number' or 'choice', default, … }`,
    );
  }
  const observed = observationOf(whole, optionsOf(whole, new Map()));
  if (!isObservation(observed)) {
    throw new LabError(
      'LAB_POLICY_FILE',
      `policy file ${path}: observes '${observed}'; ${EXPECTED}`,
    );
  }
  return whole;
}
