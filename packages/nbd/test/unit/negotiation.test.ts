import { Negotiation, OPTION_COUNT_MAX } from '@pagelend/nbd';
import { describe, expect, test } from 'vitest';
import {
  ABORT,
  ACK,
  begun,
  counted,
  ERR_INVALID,
  ERR_POLICY,
  ERR_TOO_BIG,
  ERR_UNKNOWN,
  ERR_UNSUP,
  EXPORT_NAME,
  GO,
  hostOf,
  INFO,
  infoData,
  LIST,
  LIST_META_CONTEXT,
  metaData,
  option,
  SET_META_CONTEXT,
  STARTTLS,
  STRUCTURED_REPLY,
  u32,
} from '../support/handshake.ts';

const ALL_FLAGS = 0b1101_0110_1101;
const READ_ONLY_FLAGS = 0b0101_0000_1111;

describe('greeting and client flags', () => {
  test('the greeting is fixed newstyle without zeroes', () => {
    const greeting = Buffer.from(new Negotiation(hostOf()).greeting());
    expect(greeting.toString('latin1')).toBe('NBDMAGICIHAVEOPT\0\x03');
  });

  test.each([0, 1, 2, 3])('client flags %i are taken', (flags) => {
    expect(begun(hostOf(), flags).first.state).toBe('negotiating');
  });

  test.each([4, 0x80000000, 0xffffffff])('unknown client flags %i close', (flags) => {
    expect(begun(hostOf(), flags).first).toMatchObject({ state: 'closed', send: new Uint8Array() });
  });

  test('a client that is not fixed newstyle may only send EXPORT_NAME', () => {
    expect(begun(hostOf(), 0).ask(LIST).step.state).toBe('closed');
    const { negotiation } = begun(hostOf(), 0);
    const step = negotiation.receive(option(EXPORT_NAME, Buffer.from('web')));
    expect(step.state).toBe('transmission');
    expect(step.send.length).toBe(8 + 2 + 124);
  });
});

describe('EXPORT_NAME', () => {
  test('size, flags, and zeroes unless they were negotiated away', () => {
    const { negotiation } = begun();
    const step = negotiation.receive(option(EXPORT_NAME, Buffer.from('dätabase')));
    const sent = Buffer.from(step.send);
    expect(sent.length).toBe(10);
    expect(sent.readBigUInt64BE(0)).toBe(5n * 2n ** 40n);
    expect(sent.readUInt16BE(8)).toBe(ALL_FLAGS & ~(1 << 7));
    expect(step).toMatchObject({ state: 'transmission', isStructured: false });
  });

  test.each(['no such', 'w\0b', 'x'.repeat(4097), 'x'.repeat(20_000)])('%j closes', (name) => {
    const step = begun().ask(EXPORT_NAME, Buffer.from(name)).step;
    expect(step).toMatchObject({ state: 'closed', send: new Uint8Array() });
  });

  test('a name that is no UTF-8 closes', () => {
    expect(begun().ask(EXPORT_NAME, Buffer.from([0xff])).step.state).toBe('closed');
  });
});

describe('INFO and GO', () => {
  test('GO tells size, flags and block sizes and ends the handshake', () => {
    const { ask } = begun();
    ask(STRUCTURED_REPLY);
    const { step, replies } = ask(GO, infoData('web', 3));
    expect(replies.map(({ type }) => type)).toEqual([3, 3, ACK]);
    expect(replies[0]!.data).toEqual(Buffer.from([0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 0x0d, 0xed]));
    expect(ALL_FLAGS | (1 << 7)).toBe(0x0ded);
    expect(replies[1]!.data.toString('hex')).toBe('0003000000010000100002000000');
    expect(step).toMatchObject({
      state: 'transmission',
      export: { name: 'web' },
      isStructured: true,
      hasBaseAllocation: false,
    });
  });

  test('INFO answers alike and the handshake goes on', () => {
    const { ask } = begun();
    const info = ask(INFO, infoData('', 1, 2, 3, 77, 1));
    expect(info.step.state).toBe('negotiating');
    const texts = info.replies.map(({ data }) => data.subarray(2).toString());
    expect(texts.slice(2)).toEqual(['web', 'lent to the web server', '']);
    const go = ask(GO, infoData('', 1, 2, 3, 77, 1));
    expect(go.replies.map(({ data }) => data)).toEqual(info.replies.map(({ data }) => data));
  });

  test('a read-only export offers nothing that writes', () => {
    const { replies } = begun().ask(INFO, infoData('frozen'));
    expect(replies[0]!.data.readUInt16BE(10)).toBe(READ_ONLY_FLAGS);
  });

  test('an unknown export is an error only', () => {
    expect(begun().types(GO, infoData('no such', 3))).toEqual([ERR_UNKNOWN]);
  });

  test.each([
    ['empty', Buffer.alloc(0)],
    ['a name beyond the end', u32(100)],
    ['a name of giant length', u32(0xffffffff)],
    ['no count', counted('web')],
    ['a count beyond the end', infoData('web', 1).subarray(0, -1)],
    ['more than was counted', Buffer.concat([infoData('web', 1), Buffer.from([0])])],
    ['NUL in the name', infoData('w\0b')],
    ['a name that is too long', infoData('x'.repeat(4097))],
  ])('%s is invalid', (_what, data) => {
    expect(begun().types(GO, data)).toEqual([ERR_INVALID]);
    expect(begun().types(INFO, data)).toEqual([ERR_INVALID]);
  });

  test('what follows GO is left over for the transmission', () => {
    const { negotiation } = begun();
    const after = Buffer.from('first request');
    const step = negotiation.receive(Buffer.concat([option(GO, infoData('web')), after]));
    expect(step.state === 'transmission' && Buffer.from(step.leftover)).toEqual(after);
  });
});

describe('LIST, ABORT, STRUCTURED_REPLY and what is unknown', () => {
  test('LIST names the exports', () => {
    const { replies } = begun().ask(LIST);
    const names = replies.slice(0, -1).map(({ type, data }) => [type, data.subarray(4).toString()]);
    expect(names).toEqual([
      [2, 'web'],
      [2, 'dätabase'],
      [2, 'frozen'],
    ]);
    expect(replies.at(-1)!.type).toBe(ACK);
  });

  test('LIST may be forbidden', () => {
    expect(begun(hostOf('off', false)).types(LIST)).toEqual([ERR_POLICY]);
  });

  test.each([LIST, STRUCTURED_REPLY])('option %i takes no data', (number) => {
    expect(begun().types(number, Buffer.alloc(1))).toEqual([ERR_INVALID]);
  });

  test.each([0, 5, 100_000])('ABORT is acknowledged with %i bytes of data', (bytes) => {
    const { ask, negotiation } = begun();
    const { step, replies } = ask(ABORT, Buffer.alloc(bytes));
    expect(replies.map(({ type }) => type)).toEqual([ACK]);
    expect(step).toMatchObject({ state: 'closed', reason: 'aborted' });
    expect(negotiation.receive(option(LIST))).toMatchObject({ state: 'closed', reason: 'aborted' });
  });

  test.each([0, 4, 11, 77, 0xffffffff])('option %i is not known, the next one is', (number) => {
    const { types } = begun();
    expect(types(number, Buffer.alloc(50))).toEqual([ERR_UNSUP]);
    expect(types(STRUCTURED_REPLY)).toEqual([ACK]);
  });

  test('data that is too big is skipped, and beyond a megabyte closes', () => {
    const { types } = begun();
    expect(types(GO, Buffer.alloc(2 ** 20))).toEqual([ERR_TOO_BIG]);
    expect(types(77, Buffer.alloc(100_000))).toEqual([ERR_UNSUP]);
    expect(types(STRUCTURED_REPLY)).toEqual([ACK]);
    const giant = Buffer.concat([Buffer.from('IHAVEOPT'), u32(LIST, 0xffffffff)]);
    expect(begun().negotiation.receive(giant).state).toBe('closed');
  });

  test('a negotiation ends', () => {
    const { ask } = begun();
    for (let count = 0; count < OPTION_COUNT_MAX; count++) {
      expect(ask(LIST).step.state).toBe('negotiating');
    }
    expect(ask(LIST).step).toMatchObject({ state: 'closed' });
  });

  test('an option without its magic number closes', () => {
    expect(begun().negotiation.receive(Buffer.alloc(16)).state).toBe('closed');
  });
});

describe('metadata contexts', () => {
  const chosen = (set: Buffer, go: string): boolean => {
    const { ask } = begun();
    ask(STRUCTURED_REPLY);
    ask(SET_META_CONTEXT, set);
    const { step } = ask(GO, infoData(go));
    return step.state === 'transmission' && step.hasBaseAllocation;
  };

  test('base:allocation is selected for the export that was named', () => {
    expect(chosen(metaData('web', 'base:allocation'), 'web')).toBe(true);
    expect(chosen(metaData('web', 'x-y:z', 'base:allocation'), 'web')).toBe(true);
    expect(chosen(metaData('web', 'base:allocation'), 'dätabase')).toBe(false);
    expect(chosen(metaData('web'), 'web')).toBe(false);
    expect(chosen(metaData('web', 'base:'), 'web')).toBe(false);
  });

  test('the last selection counts, also one that failed', () => {
    const { ask } = begun();
    ask(STRUCTURED_REPLY);
    const { replies } = ask(SET_META_CONTEXT, metaData('web', 'base:allocation'));
    expect(replies.map(({ type }) => type)).toEqual([4, ACK]);
    expect(replies[0]!.data).toEqual(Buffer.concat([u32(1), Buffer.from('base:allocation')]));
    ask(SET_META_CONTEXT, Buffer.alloc(20_000));
    const { step } = ask(GO, infoData('web'));
    expect(step).toMatchObject({ state: 'transmission', hasBaseAllocation: false });
  });

  test('LIST_META_CONTEXT lists all, by wildcard and by name, and ignores others', () => {
    const { ask, types } = begun();
    ask(STRUCTURED_REPLY);
    for (const queries of [[], ['base:'], ['base:allocation'], ['x:y', 'base:']]) {
      expect(types(LIST_META_CONTEXT, metaData('web', ...queries))).toEqual([4, ACK]);
    }
    for (const queries of [['x:'], ['base:nothing'], ['base'], ['']]) {
      expect(types(LIST_META_CONTEXT, metaData('web', ...queries))).toEqual([ACK]);
    }
  });

  test.each([LIST_META_CONTEXT, SET_META_CONTEXT])('option %i refuses what is wrong', (number) => {
    const good = metaData('web', 'base:allocation');
    expect(begun().types(number, good)).toEqual([ERR_INVALID]);
    const { ask, types } = begun();
    ask(STRUCTURED_REPLY);
    expect(types(number, metaData('no such', 'base:'))).toEqual([ERR_UNKNOWN]);
    expect(types(number, Buffer.concat([good, Buffer.from([0])]))).toEqual([ERR_INVALID]);
    expect(types(number, Buffer.concat([counted('web'), u32(0xffffffff)]))).toEqual([ERR_INVALID]);
    for (let bytes = 0; bytes < good.length; bytes++) {
      expect(types(number, good.subarray(0, bytes))).toEqual([ERR_INVALID]);
    }
  });

  test('STARTTLS is refused where there is none', () => {
    expect(begun().types(STARTTLS)).toEqual([ERR_POLICY]);
  });
});
