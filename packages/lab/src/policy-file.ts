// Policies by name or from a user's own file. Node 20 imports no TypeScript, so files load through
// jiti; `@pagelend/policies` resolves to this installation wherever the file lies.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  isObservation,
  isPolicyFile,
  mustFindPolicy,
  type Observation,
  type OptionValues,
  observationOf,
  optionsOf,
  type PolicyDefinition,
} from '@pagelend/policies';
import { LabError } from './errors.ts';
import { faultOfGauges } from './policy-gauges.ts';
import { faultOfOptions } from './policy-options.ts';

const EXPECTED =
  "expected `export const policy = { name, summary, source, observes: 'reference', create(settings) {…} }`";

/**
 * Files loaded by this thread, by absolute path: each is transpiled once, however many cells run it,
 * and a sweep sees one version of a file that is edited meanwhile.
 */
const loaded = new Map<string, Promise<PolicyDefinition>>();

/** The definition behind a policy's name or file. */
export async function loadPolicy(name: string): Promise<PolicyDefinition> {
  if (!isPolicyFile(name)) return mustFindPolicy(name);
  const path = resolve(name);
  let loading = loaded.get(path);
  if (loading === undefined) {
    loading = loadPolicyFile(name);
    loaded.set(path, loading);
    // A file that was refused may be mended and asked for again.
    loading.catch(() => loaded.delete(path));
  }
  return loading;
}

/** What the policy observes under these options; `path` names it where its code fails at that. */
export function observationIn(
  path: string,
  definition: PolicyDefinition,
  options: OptionValues,
): Observation {
  let observed: Observation;
  try {
    observed = observationOf(definition, options);
  } catch (error) {
    return refuse(path, `observes() failed: ${reasonOf(error)}`);
  }
  return isObservation(observed) ? observed : refuse(path, `observes '${observed}'; ${EXPECTED}`);
}

async function loadPolicyFile(path: string): Promise<PolicyDefinition> {
  if (!existsSync(path)) {
    throw new LabError('LAB_POLICY_MISSING', `policy file ${path}: no such file`);
  }
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
    return refuse(path, reasonOf(error));
  }
  const { policy, default: fallback } = (exports ?? {}) as { policy?: unknown; default?: unknown };
  return checkDefinition(policy ?? fallback, path);
}

function checkDefinition(value: unknown, path: string): PolicyDefinition {
  const definition = value as Partial<PolicyDefinition> | null | undefined;
  const { name, observes, create } = definition ?? {};
  const observesWell =
    typeof observes === 'function' || (typeof observes === 'string' && isObservation(observes));
  if (typeof name !== 'string' || typeof create !== 'function' || !observesWell) {
    return refuse(path, EXPECTED);
  }
  const whole = definition as PolicyDefinition;
  const fault = faultOfOptions(whole.options) ?? faultOfGauges(whole.gauges);
  if (fault !== null) return refuse(path, fault);
  observationIn(path, whole, optionsOf(whole, new Map()));
  return whole;
}

function refuse(path: string, why: string): never {
  throw new LabError('LAB_POLICY_FILE', `policy file ${path}: ${why}`);
}

/** A parser says what is wrong in one line and where in the next. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message.split('\n').slice(0, 2).join(' ').trim();
}
