// The configuration file: TOML with the names of the flags.

import { readFileSync } from 'node:fs';
import { parse, TomlError } from 'smol-toml';
import { DaemonError, reasonOf } from './errors.ts';

/** The file's keys and values, not yet looked at. */
export function readConfigFile(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new DaemonError('DAEMON_CONFIG_FILE', `${path}: cannot be read: ${reasonOf(error)}`);
  }
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const why = error.message.split('\n')[0]!.replace(/^Invalid TOML document: /, '');
    throw new DaemonError(
      'DAEMON_CONFIG_FILE',
      `${path}:${error.line}:${error.column}: not TOML: ${why}`,
    );
  }
}
