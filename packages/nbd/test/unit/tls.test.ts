import { describe, expect, test } from 'vitest';
import {
  ABORT,
  ACK,
  begun,
  ERR_INVALID,
  ERR_TLS_REQD,
  EXPORT_NAME,
  EXPORTS,
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
} from '../support/handshake.ts';

describe('TLS required', () => {
  test.each([LIST, INFO, GO, STRUCTURED_REPLY, LIST_META_CONTEXT, SET_META_CONTEXT, 4, 99])(
    'option %i asks for TLS first',
    (number) => {
      const { types } = begun(hostOf('required'));
      expect(types(number)).toEqual([ERR_TLS_REQD]);
      expect(types(number, infoData('web'))).toEqual([ERR_TLS_REQD]);
      expect(types(number, Buffer.alloc(100_000))).toEqual([ERR_TLS_REQD]);
      expect(types(LIST)).toEqual([ERR_TLS_REQD]);
    },
  );

  test('EXPORT_NAME closes, ABORT is acknowledged', () => {
    const { step } = begun(hostOf('required')).ask(EXPORT_NAME, Buffer.from('web'));
    expect(step).toMatchObject({ state: 'closed', send: new Uint8Array() });
    expect(begun(hostOf('required')).types(ABORT)).toEqual([ACK]);
  });

  test('after TLS everything is there', () => {
    const { ask, types, negotiation } = begun(hostOf('required'));
    expect(ask(STARTTLS).step.state).toBe('upgrade');
    negotiation.secured();
    expect(types(LIST)).toEqual([2, 2, 2, ACK]);
    expect(types(STARTTLS)).toEqual([ERR_INVALID]);
    expect(ask(GO, infoData('web')).step.state).toBe('transmission');
  });
});

describe('the upgrade', () => {
  test('STARTTLS with data is invalid', () => {
    expect(begun(hostOf('offered')).types(STARTTLS, Buffer.alloc(1))).toEqual([ERR_INVALID]);
  });

  test('nothing that was agreed on before is kept', () => {
    const { ask, types, negotiation } = begun(hostOf('offered'));
    expect(types(STRUCTURED_REPLY)).toEqual([ACK]);
    expect(types(SET_META_CONTEXT, metaData('web', 'base:allocation'))).toEqual([4, ACK]);
    expect(types(STARTTLS)).toEqual([ACK]);
    negotiation.secured();
    expect(ask(GO, infoData('web')).step).toMatchObject({
      isStructured: false,
      hasBaseAllocation: false,
    });
  });

  test('the client may see other exports than before', () => {
    const { ask, types, negotiation } = begun(hostOf('offered'));
    ask(STARTTLS);
    negotiation.secured({
      list: () => ['frozen'],
      find: (name) => EXPORTS.find((one) => one.name === name && name === 'frozen'),
    });
    expect(types(LIST)).toEqual([2, ACK]);
    expect(ask(GO, infoData('frozen')).step.state).toBe('transmission');
  });

  test('plaintext behind STARTTLS closes, at once or later', () => {
    const reason = 'protocol: plaintext after STARTTLS';
    const injected = Buffer.concat([option(STARTTLS), option(LIST)]);
    const atOnce = begun(hostOf('required')).negotiation.receive(injected);
    expect(atOnce).toMatchObject({ state: 'closed', reason });
    const { ask } = begun(hostOf('required'));
    ask(STARTTLS);
    expect(ask(LIST).step).toMatchObject({ state: 'closed', reason });
  });

  test('the host says that TLS is up only when it was asked for', () => {
    expect(() => begun(hostOf('offered')).negotiation.secured()).toThrow('invariant');
  });
});
