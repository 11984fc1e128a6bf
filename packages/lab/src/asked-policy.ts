// Policies as asked for, checked before any work starts.

import {
  type Observation,
  offersEnough,
  optionsOf,
  PolicyError,
  type PolicySpec,
} from '@pagelend/policies';
import { loadPolicy, observationIn } from './policy-file.ts';

export interface AskedPolicy {
  readonly asked: string;
  readonly observes: Observation;
  /** True where counts differ from one cost pair to another. */
  readonly usesCosts: boolean;
}

/** Everything that can be wrong with a policy as asked for is said before any work starts. */
export async function checkPolicy(spec: PolicySpec, offers?: Observation): Promise<AskedPolicy> {
  const definition = await loadPolicy(spec.name);
  const observes = observationIn(spec.name, definition, optionsOf(definition, spec.options));
  if (offers !== undefined && !offersEnough(offers, observes)) {
    throw new PolicyError(
      'POLICY_OBSERVES',
      `policy ${spec.asked} observes ${observes}, and the host shows no more than ${offers}`,
    );
  }
  return { asked: spec.asked, observes, usesCosts: definition.usesCosts === true };
}
