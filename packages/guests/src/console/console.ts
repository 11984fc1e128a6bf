// How commands get into a guest: a few channels that run one command each, a queue before them,
// and one channel more that is kept for ending commands, the kernel's log and the power button.

import type { Duplex } from 'node:stream';
import type { CommandResult, RunOptions } from '../contract.ts';
import { GuestError } from '../errors.ts';
import { Channel } from './channel.ts';
import { Command } from './command.ts';

/** Commands of users that run at once; more wait for their turn. */
export const COMMANDS_AT_ONCE = 8;
export const CHANNEL_COUNT = COMMANDS_AT_ONCE + 1;

/** How long a command may take unless told otherwise: emulated guests are slow. */
export const DEFAULT_RUN_SECONDS = 300;

/** Longest command: the guest's shell gets it as one argument, of at most 128 KiB. */
export const COMMAND_BYTES_MAX = 96 * 1024;

export class GuestConsole {
  readonly #control: Channel;
  readonly #channels: readonly Channel[];
  readonly #idle: Channel[];
  readonly #waiting: ((channel: Channel) => void)[] = [];
  readonly #commands = new Set<Command>();
  #controlTurn: Promise<unknown> = Promise.resolve();
  #gone: GuestError | null = null;

  constructor(streams: readonly Duplex[]) {
    const [control, ...channels] = streams.map((stream) => new Channel(stream));
    this.#control = control!;
    this.#channels = channels;
    this.#idle = [...channels];
  }

  /** Resolves when the guest takes commands. */
  async isServing(): Promise<void> {
    for (const channel of [this.#control, ...this.#channels]) await channel.isServing;
  }

  async run(command: string, options: RunOptions = {}): Promise<CommandResult> {
    checkCommand(command);
    const running = new Command(options);
    // Whoever called is told by the promise that is returned below.
    running.result.catch(() => {});
    options.signal?.throwIfAborted();
    if (this.#gone !== null) throw this.#gone;
    this.#commands.add(running);
    const release = this.#limit(command, running, options);
    try {
      void this.#start(command, running);
      return await running.result;
    } finally {
      release();
      this.#commands.delete(running);
    }
  }

  /** A command of the house's own, past the queue. */
  async runControl(command: string): Promise<CommandResult> {
    const running = new Command({});
    running.result.catch(() => {});
    if (this.#gone !== null) throw this.#gone;
    this.#commands.add(running);
    const turn = this.#controlTurn;
    this.#controlTurn = turn.then(() => this.#control.run(command, running));
    return running.result.finally(() => this.#commands.delete(running));
  }

  /** The guest is gone: every command that runs, waits or comes fails with this. */
  fail(error: GuestError): void {
    this.#gone ??= error;
    for (const command of this.#commands) command.fail(this.#gone);
    for (const channel of [this.#control, ...this.#channels]) channel.close();
  }

  async #start(command: string, running: Command): Promise<void> {
    const channel = await this.#idleChannel();
    if (!running.isSettled) {
      let end: (() => void) | null = null;
      running.whenStarted = (pid) => {
        end = () => this.#endCommand(pid);
        if (running.isSettled) end();
      };
      // One that was given up still runs in the guest: it is ended there, and its channel is
      // used again when that has happened.
      running.result.catch(() => end?.());
      await channel.run(command, running);
    }
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(channel);
    else next(channel);
  }

  #idleChannel(): Promise<Channel> {
    const channel = this.#idle.shift();
    if (channel !== undefined) return Promise.resolve(channel);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #endCommand(pid: number): void {
    if (this.#gone !== null) return;
    this.runControl(`kill -9 -${pid}`).catch(() => {});
  }

  /** Lets a command fail at its time limit or by its signal; returns what takes both back. */
  #limit(command: string, running: Command, options: RunOptions): () => void {
    const { timeoutSeconds = DEFAULT_RUN_SECONDS, signal } = options;
    const timer = setTimeout(() => {
      running.fail(
        new GuestError(
          'GUEST_TIMEOUT',
          `'${shown(command)}' did not end within ${timeoutSeconds} seconds and was ended`,
        ),
      );
    }, timeoutSeconds * 1000);
    const abort = (): void => running.fail(signal?.reason);
    signal?.addEventListener('abort', abort);
    return () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
  }
}

/** A command in few words, for messages. */
export function shown(command: string): string {
  const [first = ''] = command.trim().split('\n');
  return first.length > 100 || first !== command.trim() ? `${first.slice(0, 100)}…` : first;
}

function checkCommand(command: string): void {
  const bytes = Buffer.byteLength(command);
  if (command.includes('\0')) {
    throw new GuestError('GUEST_CANNOT', 'a command has no zero bytes; this one does');
  }
  if (bytes <= COMMAND_BYTES_MAX) return;
  throw new GuestError(
    'GUEST_LIMIT',
    `a command has at most ${COMMAND_BYTES_MAX} bytes, not ${bytes}; put a script into files`,
  );
}
