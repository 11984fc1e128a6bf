// All targets by name.

import type { Target } from './target.ts';

const targets: Readonly<Record<string, () => Promise<{ target: Target }>>> = {
  'nbd-negotiation': () => import('./targets/nbd-negotiation.ts'),
  'nbd-client': () => import('./targets/nbd-client.ts'),
  'nbd-transmission': () => import('./targets/nbd-transmission.ts'),
  'trace-plt': () => import('./targets/trace-plt.ts'),
  'trace-text': () => import('./targets/trace-text.ts'),
  'trace-compressed': () => import('./targets/trace-compressed.ts'),
  'lease-file': () => import('./targets/lease-file.ts'),
  'pool-files': () => import('./targets/pool-files.ts'),
  'tier-head': () => import('./targets/tier-head.ts'),
  'tier-records': () => import('./targets/tier-records.ts'),
  'lease-definition': () => import('./targets/lease-definition.ts'),
  settings: () => import('./targets/settings.ts'),
  'api-bodies': () => import('./targets/api-bodies.ts'),
  'request-stream': () => import('./targets/request-stream.ts'),
};

export const targetNames: readonly string[] = Object.keys(targets);

/** What the fuzzer is tested by. */
const planted: typeof targets = {
  planted: () => import('./targets/planted.ts'),
  'planted-hang': async () => ({ target: (await import('./targets/planted.ts')).hanging }),
  'planted-end': async () => ({ target: (await import('./targets/planted.ts')).ending }),
};

export async function loadTarget(name: string): Promise<Target> {
  const load = targets[name] ?? planted[name];
  if (load === undefined) throw new Error(`no target ${name}; there are ${targetNames.join(', ')}`);
  return (await load()).target;
}
