// The version, from the package's own manifest.

import { readFileSync } from 'node:fs';

export function daemonVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return String((JSON.parse(manifest) as { version?: unknown }).version);
}
