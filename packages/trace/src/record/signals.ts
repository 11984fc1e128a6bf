// Signals while a program is recorded. A Ctrl-C on the terminal reaches the program as well, so it must
// not be sent twice; a signal that was sent to this process alone must be forwarded. In both cases
// this process lives on, to take the last references and to finish the file.

import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
type Forwarded = (typeof FORWARDED)[number];

export interface SignalRelay {
  /** The first signal that came, if any. */
  readonly received: () => NodeJS.Signals | null;
  /** Passes a signal on as if it had come from outside. */
  send(signal: Forwarded): void;
  /** Gives the signals back. */
  stop(): void;
}

/** Relays signals to the child; the second one of a kind that ends programs kills it. */
export function relaySignals(child: ChildProcess): SignalRelay {
  let first: Forwarded | null = null;
  const relay = (signal: Forwarded, isFromOutside: boolean): void => {
    const isRepeated = first !== null;
    first ??= signal;
    const isFromTerminal = signal === 'SIGINT' || signal === 'SIGQUIT';
    if (isRepeated) child.kill('SIGKILL');
    else if (!(isFromOutside && isFromTerminal && isForeground())) child.kill(signal);
  };
  const listeners = FORWARDED.map((signal) => {
    const listener = (): void => relay(signal, true);
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  return {
    received: () => first,
    send: (signal) => relay(signal, false),
    stop() {
      for (const off of listeners) off();
    },
  };
}

/** Whether a terminal's Ctrl-C goes to this process group, and so to the child too. */
function isForeground(): boolean {
  try {
    // Behind the name in parentheses: state, parent, process group, session, terminal, its group.
    const fields = readFileSync('/proc/self/stat', 'latin1').split(') ').at(-1)!.split(' ');
    return fields[2] === fields[5];
  } catch {
    return false;
  }
}
