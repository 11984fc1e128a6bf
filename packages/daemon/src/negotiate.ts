// One client's handshake, and the moment at which its socket leaves Node. The data plane reads the
// socket from another thread, so from that moment on Node must not take a single byte out of it:
// reading goes through `onread`, whose callback stops it at once and for good by returning false.

import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { closeDescriptor, duplicate } from '@pagelend/linux';
import type { Negotiation, Step } from '@pagelend/nbd';

export type Agreement = Extract<Step, { state: 'transmission' }>;

/** `fd` is the socket, without Node; whoever gets it closes it. It does not block. */
export type HandshakeEnd =
  | { readonly kind: 'agreed'; readonly fd: number; readonly agreement: Agreement }
  /** The client was told to begin TLS; what it says next is not for the handshake to read. */
  | { readonly kind: 'upgrade'; readonly fd: number }
  | Failure;

interface Failure {
  readonly kind: 'failed';
  readonly reason: string;
}

export interface HandshakeOptions {
  readonly timeoutMs: number;
  /** False where the client was greeted already, before TLS. */
  readonly greets: boolean;
  /** Ends the handshake from outside; its reason is a text. */
  readonly signal: AbortSignal;
  /** Called whenever the client has said something. */
  readonly heard: () => void;
  /** Asked once, when the client has chosen; a text refuses it and is the reason. */
  readonly admit: (agreement: Agreement) => string | null;
}

const READ_BYTES = 4096;
/** Answers that are held for a client that sends options and does not read. */
const SEND_BYTES_MAX = 1 << 20;

/** The descriptor of a socket that Node has accepted and not yet read from. */
export function descriptorOf(socket: Socket): number | null {
  const handle = (socket as unknown as { readonly _handle?: { readonly fd?: unknown } | null })
    ._handle;
  const fd = handle?.fd;
  return typeof fd === 'number' && Number.isInteger(fd) && fd >= 0 ? fd : null;
}

/** Takes the socket `fd`, talks until the client has chosen, and gives it back without Node. */
export function negotiate(
  fd: number,
  negotiation: Negotiation,
  { timeoutMs, greets, signal, heard, admit }: HandshakeOptions,
): Promise<HandshakeEnd> {
  return new Promise((resolve) => {
    let isOver = false;
    const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = {
      fd,
      readable: true,
      writable: true,
      onread: {
        buffer: new Uint8Array(READ_BYTES),
        callback: (count, bytes) => take(count, bytes),
      },
    };
    const adopted = adopt(options);
    if (adopted === null) {
      closeDescriptor(fd);
      resolve(failed('disconnected'));
      return;
    }
    const socket = adopted;
    const fail = (reason: string): void => end(failed(reason));
    const timer = setTimeout(fail, timeoutMs, 'no handshake in time');
    const stop = (): void => fail(String(signal.reason));

    function end(outcome: HandshakeEnd): void {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      // This closes Node's own descriptor and no more; the one in the outcome lives on.
      socket.destroy();
      resolve(outcome);
    }

    /** Gets what came; returns whether more may be read. */
    function take(count: number, bytes: Uint8Array): boolean {
      if (isOver) return false;
      heard();
      const step = negotiation.receive(bytes.subarray(0, count));
      if (step.state === 'negotiating') {
        if (step.send.length > 0) write(step.send);
        return !isOver;
      }
      if (step.state === 'transmission') {
        const refusal = admit(step);
        if (refusal !== null) fail(`refused: ${refusal}`);
        else handOn(step.send, (copy) => ({ kind: 'agreed', fd: copy, agreement: step }));
      } else if (step.state === 'upgrade') {
        handOn(step.send, (copy) => ({ kind: 'upgrade', fd: copy }));
      } else {
        // The client is told why, if it listens; a socket that is destroyed forgets what it holds.
        socket.end(step.send, () => fail(step.reason));
      }
      return false;
    }

    /** Once every answer is with the kernel the socket is another's. */
    function handOn(bytes: Uint8Array, outcome: (copy: number) => HandshakeEnd): void {
      socket.write(bytes, (error) => {
        if (!error && !isOver) end(withCopy(fd, outcome));
      });
    }

    function write(bytes: Uint8Array): void {
      if (socket.writableLength > SEND_BYTES_MAX) fail('the client does not read');
      else socket.write(bytes);
    }

    socket.on('error', (error) => fail(`disconnected: ${error.message}`));
    socket.on('end', () => fail('disconnected'));
    socket.on('close', () => fail('disconnected'));
    signal.addEventListener('abort', stop);
    if (signal.aborted) return stop();
    if (greets) socket.write(negotiation.greeting());
    socket.resume();
  });
}

/** Null where the descriptor is no socket that Node takes: it stays the caller's then. */
function adopt(options: SocketConstructorOpts): Socket | null {
  try {
    return new Socket(options);
  } catch {
    return null;
  }
}

function withCopy(fd: number, outcome: (copy: number) => HandshakeEnd): HandshakeEnd {
  try {
    return outcome(duplicate(fd));
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}

function failed(reason: string): Failure {
  return { kind: 'failed', reason };
}

/** Takes the descriptor out of an accepted socket, so that Node's reading never begins. */
export function takeDescriptor(socket: Socket): number | null {
  const fd = descriptorOf(socket);
  try {
    return fd === null ? null : duplicate(fd);
  } catch {
    // No descriptors are left, or the client is gone already.
    return null;
  } finally {
    socket.destroy();
  }
}
