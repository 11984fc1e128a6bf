// A lease moves under QEMU's own NBD client: it reconnects, sends again what got no reply, and whoever
// reads and writes through it sees no error.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startLender } from '../lender/daemon.ts';
import { stateOf } from '../lender/moving.ts';
import { needs } from './clients.ts';

const CHUNK = 65_536;
const CHUNKS = 128;

/** qemu-io, to which commands are typed: one at a time, since it polls for what it has read already. */
class QemuIo {
  said = '';
  readonly child: ChildProcess;

  constructor(socket: string) {
    const image = `driver=nbd,server.type=unix,server.path=${socket},export=guest,reconnect-delay=60`;
    // Into a pipe it would say what it has done only now and then.
    const words = ['-oL', 'qemu-io', '--image-opts', '-t', 'none', image];
    this.child = spawn('stdbuf', words, { stdio: 'pipe' });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.on('data', (chunk: Buffer) => {
        this.said += chunk;
      });
    }
  }

  /** Settles when it says that it has read or written. */
  async do(command: string): Promise<void> {
    const from = this.said.length;
    this.child.stdin!.write(`${command}\n`);
    const answer = /(wrote|read) \d+\/\d+ bytes.*\n.*ops/;
    while (!answer.test(this.said.slice(from))) {
      if (this.child.exitCode !== null) throw new Error(`qemu-io ended: ${this.said.slice(from)}`);
      await sleep(1);
    }
  }

  async quit(): Promise<void> {
    const closed = once(this.child, 'close');
    this.child.stdin!.end('quit\n');
    await closed;
  }
}

test('qemu-io writes and verifies across several moves', async (context) => {
  needs(context, 'qemu-io', 'qemu-utils');
  const first = await startLender({ leases: { guest: String(CHUNK * CHUNKS) } });
  const second = await startLender({ leases: {} });
  const qemu = new QemuIo(first.socket('guest'));
  const patterns = new Uint8Array(CHUNKS);
  let turn = 0;
  const next = async (): Promise<void> => {
    const chunk = (turn * 37) % CHUNKS;
    const pattern = 1 + ((turn * 7) % 250);
    await qemu.do(`read -P ${patterns[chunk]} ${chunk * CHUNK} ${CHUNK}`);
    await qemu.do(`write -P ${pattern} ${chunk * CHUNK} ${CHUNK}`);
    patterns[chunk] = pattern;
    turn++;
  };
  try {
    for (let round = 0; round < 4; round++) {
      const [from, to] = round % 2 === 0 ? [first, second] : [second, first];
      let isMoved = false;
      const moved = from.run('lease', 'move', 'guest', '--to', to.stateDir).ended;
      void moved.then(() => {
        isMoved = true;
      });
      while (!isMoved) await next();
      expect(await moved).toMatchObject({ status: 0, stderr: '' });
      expect(stateOf(to, 'guest')).toBe('lending');
    }
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      await qemu.do(`read -P ${patterns[chunk]} ${chunk * CHUNK} ${CHUNK}`);
    }
    expect(qemu.said).not.toMatch(/verification failed|error|failed/i);
  } finally {
    await qemu.quit();
  }
});
