// Ctrl-C during long work: the first one asks the work to stop and clean up, the second one quits.

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Puts the signals back to what they were. */
  readonly end: () => void;
}

const STATUS = { SIGINT: 130, SIGTERM: 143 } as const;

export function onInterrupt(): Interrupt {
  const controller = new AbortController();
  const handle = (signal: NodeJS.Signals): void => {
    const status = STATUS[signal as keyof typeof STATUS];
    if (controller.signal.aborted) process.exit(status);
    process.exitCode = status;
    controller.abort();
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return {
    signal: controller.signal,
    end: () => {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
    },
  };
}

/** Runs `work` with a signal that Ctrl-C aborts. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupt = onInterrupt();
  try {
    return await work(interrupt.signal);
  } finally {
    interrupt.end();
  }
}
