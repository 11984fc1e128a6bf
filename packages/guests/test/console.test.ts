// Commands over channels, without a machine: a pretended guest on the other end.

import { setMaxListeners } from 'node:events';
import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { CHANNEL_COUNT, COMMAND_BYTES_MAX, GuestConsole } from '../src/console/console.ts';
import { type ChannelEvent, ChannelReader } from '../src/console/protocol.ts';
import { GuestError } from '../src/errors.ts';

const nonce = '00112233445566778899aabbccddeeff';

function outputOf(events: readonly ChannelEvent[]): string {
  return events.map((event) => (event.kind === 'output' ? event.bytes.toString() : '')).join('');
}

describe('ChannelReader', () => {
  // Output without a line's end, with what looks like marks, with half a nonce, with zero bytes.
  const odd = `status 0\n${nonce.slice(0, 31)} status 0\n\0\r\n${nonce.slice(0, 9)}`;
  const said = `noise${nonce} pid 71\n${odd}${nonce} status 3\nlate output\n${nonce} ready\n`;

  it.each([1, 2, 7, 31, 32, 33, 1000])('finds the marks in pieces of %i bytes', (pieceBytes) => {
    const reader = new ChannelReader(nonce);
    const bytes = Buffer.from(said);
    const events: ChannelEvent[] = [];
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      events.push(...reader.read(bytes.subarray(at, at + pieceBytes)));
    }
    expect(outputOf(events)).toBe(odd);
    expect(events.filter((event) => event.kind !== 'output')).toEqual([
      { kind: 'pid', pid: 71 },
      { kind: 'status', status: 3 },
      { kind: 'ready' },
    ]);
  });

  it('holds back only what may be the beginning of a nonce', () => {
    const reader = new ChannelReader(nonce);
    const read = (text: string): string => outputOf(reader.read(Buffer.from(text)));
    expect(read(`${nonce} pid 1\nline\n`)).toBe('line\n');
    expect(read(`line\n${nonce.slice(0, 5)}`)).toBe('line\n');
    expect(read('x')).toBe(`${nonce.slice(0, 5)}x`);
  });
});

/** One end of a channel; the guest is told of each command, and of the sign after its end. */
class PretendedChannel extends Duplex {
  onCommand: (nonce: string, command: string) => void = () => {};
  onSign: () => void = () => {};
  #rest = '';

  say(text: string): void {
    this.push(Buffer.from(text));
  }

  override _read(): void {}

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.#rest += chunk.toString();
    const [head = ''] = this.#rest.split('\n', 1);
    const [mark = '', bytes] = head.split(' ');
    const end = head.length + 1 + Number(bytes ?? 0);
    if (this.#rest.length >= end) {
      const command = this.#rest.slice(head.length + 1, end);
      this.#rest = this.#rest.slice(end);
      if (mark === '') this.onSign();
      else this.onCommand(mark, command);
    }
    done();
  }
}

/** A guest that tells `onCommand` what it is to do, and ends a command when it is told to. */
function pretendGuest(onCommand: (command: string, end: (status: number) => void) => void) {
  const channels = Array.from({ length: CHANNEL_COUNT }, () => new PretendedChannel());
  const ends = new Map<number, (status: number) => void>();
  let lastPid = 100;
  for (const channel of channels) {
    let current = '';
    channel.onSign = () => channel.say(`${current} ready\n`);
    channel.onCommand = (mark, command) => {
      current = mark;
      const pid = ++lastPid;
      const end = (status: number): void =>
        channel.say(`done ${command}\n${mark} status ${status}\n`);
      ends.set(pid, end);
      channel.say(`${mark} pid ${pid}\n`);
      const killed = /^kill -9 -(\d+)$/.exec(command)?.[1];
      if (killed === undefined) onCommand(command, end);
      else {
        ends.get(Number(killed))?.(137);
        end(0);
      }
    };
  }
  const console = new GuestConsole(channels);
  for (const channel of channels) channel.say('boot noise\r\nserving\n');
  return { console, channels };
}

describe('GuestConsole', () => {
  it('waits until every channel is served', async () => {
    const { console } = pretendGuest(() => {});
    await console.isServing();
  });

  it('gives status, output and lines', async () => {
    const { console } = pretendGuest((_, end) => end(7));
    const lines: string[] = [];
    const result = await console.run('two\nlines', { onLine: (line) => lines.push(line) });
    expect(result).toEqual({ status: 7, output: 'done two\nlines\n' });
    expect(lines).toEqual(['done two', 'lines']);
  });

  it('runs eight at once and keeps the others in order', async () => {
    const running: string[] = [];
    const ends: ((status: number) => void)[] = [];
    const { console } = pretendGuest((command, end) => {
      running.push(command);
      ends.push(end);
    });
    const results = Array.from({ length: 10 }, (_, index) => console.run(String(index)));
    await expect.poll(() => running).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
    ends[5]!(0);
    await results[5];
    await expect.poll(() => running.at(-1)).toBe('8');
    for (const end of [0, 1]) ends[end]!(0);
    await expect.poll(() => running.at(-1)).toBe('9');
    for (const end of [2, 3, 4, 6, 7, 8, 9]) ends[end]!(0);
    expect((await Promise.all(results)).map(({ status }) => status)).toEqual(Array(10).fill(0));
  });

  it('ends in the guest what took too long or was given up', async () => {
    const { console } = pretendGuest((command, end) => {
      if (command === 'quick') end(0);
    });
    await expect(console.run('for ever', { timeoutSeconds: 0.01 })).rejects.toThrow(
      expect.objectContaining({ code: 'GUEST_TIMEOUT' }),
    );
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(console.run('for ever', { signal: aborted })).rejects.toThrow('enough');
    const giver = new AbortController();
    setMaxListeners(20, giver.signal);
    const given = Array.from({ length: 20 }, () => console.run('ever', { signal: giver.signal }));
    giver.abort(new Error('all of them'));
    for (const one of given) await expect(one).rejects.toThrow('all of them');
    const quick = Array.from({ length: 12 }, () => console.run('quick'));
    expect(await Promise.all(quick)).toHaveLength(12);
  });

  it('fails a command whose listener throws, and no other', async () => {
    const { console } = pretendGuest((_, end) => end(0));
    const onLine = (): void => {
      throw new Error('listener');
    };
    await expect(console.run('one', { onLine })).rejects.toThrow('listener');
    expect((await console.run('two')).status).toBe(0);
  });

  it('fails all that runs and comes once the guest is gone', async () => {
    const { console } = pretendGuest(() => {});
    const running = Array.from({ length: 12 }, () => console.run('for ever'));
    console.fail(new GuestError('GUEST_GONE', 'it is gone'));
    for (const one of running) await expect(one).rejects.toThrow('it is gone');
    await expect(console.run('another')).rejects.toThrow('it is gone');
    await expect(console.runControl('dmesg')).rejects.toThrow('it is gone');
  });

  it('refuses commands that the guest could not take', async () => {
    const { console } = pretendGuest((_, end) => end(0));
    const tooLong = 'x'.repeat(COMMAND_BYTES_MAX + 1);
    await expect(console.run(tooLong)).rejects.toThrow(`at most ${COMMAND_BYTES_MAX} bytes`);
    await expect(console.run('a\0b')).rejects.toThrow(
      expect.objectContaining({ code: 'GUEST_CANNOT' }),
    );
    expect((await console.run('x'.repeat(COMMAND_BYTES_MAX))).status).toBe(0);
  });
});
