// What a policy may see. Real hardware sets a reference bit and a modified bit and tells nobody of a
// hit; a comparison that hides how much more than that a policy was told is unfair, so every policy
// declares its need, every page table declares its offer, and a mismatch is refused.

/** From the least to the most that a host can show; each offer includes all before it. */
export const observations = {
  faults: 'page faults only',
  reference: 'the reference bit (every MMU)',
  'reference+modified': 'the reference and the modified bit (every MMU)',
  'read+write': 'a read bit and a write bit (no common MMU has them)',
  'every-reference': 'each reference as it happens (a simulator or a store, no MMU)',
  future: 'references yet to come (offline bounds only)',
} as const;

export type Observation = keyof typeof observations;

const order = Object.keys(observations) as Observation[];

/** True where a host that offers `offered` can carry a policy that observes `needed`. */
export function offersEnough(offered: Observation, needed: Observation): boolean {
  return order.indexOf(offered) >= order.indexOf(needed);
}

export function isObservation(name: string): name is Observation {
  return Object.hasOwn(observations, name);
}
