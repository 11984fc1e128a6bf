// The few words of QEMU's machine protocol that the tests need, over a socket of their own.

import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

interface Answer {
  readonly id?: number;
  readonly return?: Record<string, unknown>;
  readonly error?: { readonly desc: string };
}

export class Qmp {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #lastId = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => {});
    createInterface({ input: socket }).on('line', (line) => {
      const answer = JSON.parse(line) as Answer;
      if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer);
    });
  }

  /** What a machine is started with to listen there. */
  static arguments(path: string): string[] {
    return ['-qmp', `unix:${path},server=on,wait=off`];
  }

  static async connect(path: string): Promise<Qmp> {
    // A machine that is restored is not waited for when it starts.
    while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 50));
    const socket = connect(path);
    await new Promise((resolve, reject) => socket.on('connect', resolve).on('error', reject));
    const qmp = new Qmp(socket);
    await qmp.execute('qmp_capabilities');
    return qmp;
  }

  async execute(order: string, values: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#lastId;
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.write(`${JSON.stringify({ execute: order, arguments: values, id })}\n`);
    });
    if (answer.error !== undefined) throw new Error(`QEMU to ${order}: ${answer.error.desc}`);
    return answer.return ?? {};
  }

  /** Asks until the answer's `status` is this. */
  async until(order: string, status: string, isHopeless = (_: string) => false): Promise<void> {
    for (;;) {
      const answer = await this.execute(order);
      if (answer.status === status) return;
      if (isHopeless(String(answer.status))) throw new Error(JSON.stringify(answer));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}
