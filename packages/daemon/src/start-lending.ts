// Loads the daemon and starts it. Apart from the rest, because verbs that only ask a daemon should
// not carry one.

import type { RunningLender, ServeHooks } from './serve.ts';

/**
 * Starts lending by flags (names of settings without dashes, as typed) and perhaps a configuration
 * file; settles once clients are let in.
 */
export async function startLending(
  flags: Readonly<Record<string, unknown>>,
  file: string | null,
  hooks: ServeHooks,
): Promise<RunningLender> {
  const { parseSettings } = await import('./config.ts');
  const settings = parseSettings(flags, file);
  const { serve } = await import('./serve.ts');
  return serve(settings, hooks);
}
