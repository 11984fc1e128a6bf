// From flags and the configuration file to settings that can be relied upon: parsed once, by one
// schema, whichever way they came. Flags override the file, key by key.

import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { CodecName } from '@pagelend/codec';
import * as v from 'valibot';
import { addressText, isLoopback, parseAddress, type TcpAddress } from './addresses.ts';
import { readConfigFile } from './config-file.ts';
import type { FullError } from './contract.ts';
import { DaemonError } from './errors.ts';
import { checkLeaseBytes, checkLeaseName } from './lease-definitions.ts';
import {
  codecNames,
  defaultStateDir,
  fullErrors,
  HTTP_PORT_DEFAULT,
  type LogLevel,
  logLevels,
  promotionRules,
  type SettingKind,
  type SettingName,
  settings,
  shareRules,
  TCP_PORT_DEFAULT,
  tlsPolicies,
} from './settings.ts';
import { EXPECTED_SIZE, parseSize } from './sizes.ts';
import { type TierSettings, tierSettingsOf } from './tier/settings.ts';
import { type TlsSettings, tlsSettingsOf } from './tls/settings.ts';

/** A lease that the command line or the file asks for. */
export interface LeaseRequest {
  readonly name: string;
  readonly bytes: number;
  readonly limitBytes: number | null;
}

export interface ServeSettings {
  readonly stateDir: string;
  readonly memoryBytes: number;
  readonly codec: CodecName;
  readonly leases: readonly LeaseRequest[];
  readonly listen: TcpAddress | null;
  readonly http: TcpAddress | null;
  /** Whether `http` was asked for; lending goes on where only the default address is taken. */
  readonly isHttpGiven: boolean;
  /** What who changes leases over HTTP must know; null where nobody can. */
  readonly httpTokenFile: string | null;
  /** Null for the place that fits the state directory. */
  readonly poolDir: string | null;
  readonly socketMode: number;
  readonly socketGroup: string | null;
  readonly fullError: FullError;
  readonly insecureTcp: boolean;
  readonly tcpKeys: boolean;
  /** Null for memory alone. */
  readonly tier: TierSettings | 'lost' | null;
  /** Null where TCP is plaintext. */
  readonly tls: TlsSettings | null;
  readonly logLevel: LogLevel;
  readonly threadCount: number;
  readonly connectionsMax: number;
  readonly leaseConnectionsMax: number;
  readonly handshakesMax: number;
  readonly negotiationTimeoutMs: number;
}

const HTTP_DEFAULT: TcpAddress = { host: '127.0.0.1', port: HTTP_PORT_DEFAULT };
const THREADS_MAX = 16;
/** The data plane has buffers for these, and a few more for handshakes that end meanwhile. */
const CONNECTIONS_MAX = 240;
const COUNT_MAX = 65_536;
const SECONDS_MAX = 3600;
const DAYS_SECONDS_MAX = 365 * 86_400;
const RATIO_MAX = 1000;
const MODE_PRIVATE = 0o600;
const MODE_GROUP = 0o660;

/**
 * Parses what was given as flags (without dashes; strings, `true`, lists of strings) and in the
 * file. Throws DAEMON_CONFIG with the name of the first setting that is wrong, and where it stands.
 */
export function parseSettings(
  flags: Readonly<Record<string, unknown>>,
  file: string | null = null,
): ServeSettings {
  const fromFile = file === null ? {} : readConfigFile(file);
  const result = v.safeParse(schema, { ...fromFile, ...flags }, { abortEarly: true });
  if (result.success) return toSettings(result.output);
  const issue = result.issues[0];
  const name = String(issue.path?.[0]?.key ?? '');
  const place = Object.hasOwn(flags, name) ? `--${name}` : `${file}: ${name}`;
  if (!Object.hasOwn(settings, name)) {
    const known = Object.keys(settings).join(', ');
    throw new DaemonError('DAEMON_CONFIG', `${place}: unknown setting; expected one of ${known}`);
  }
  throw new DaemonError('DAEMON_CONFIG', `${place} ${issue.message}`);
}

function toSettings(given: v.InferOutput<typeof schema>): ServeSettings {
  const memoryBytes = given.memory;
  if (memoryBytes === undefined) {
    throw new DaemonError(
      'DAEMON_CONFIG',
      '--memory is missing; give how much to lend, as in 2GiB',
    );
  }
  const listen = given.listen ?? null;
  const insecureTcp = given['insecure-tcp'] ?? false;
  const tls = tlsSettingsOf(given);
  if (listen !== null && !isLoopback(listen.host) && !insecureTcp && tls?.mode !== 'required') {
    throw new DaemonError(
      'DAEMON_CONFIG',
      `--listen tcp:${addressText(listen)} is not a loopback address, and without TLS everybody on ` +
        'the way can read and change the pages of guests; require TLS (--tls-certificates DIR or ' +
        '--tls-psk), add --insecure-tcp if only the host and its guests reach it, or listen on ' +
        '127.0.0.1',
    );
  }
  const http = given.http === 'off' ? null : (given.http ?? HTTP_DEFAULT);
  const httpTokenFile = given['http-token-file'] ?? null;
  checkHttp(http, given['insecure-http'] ?? false, httpTokenFile !== null);
  const leases = given.lease ?? [];
  const names = leases.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new DaemonError('DAEMON_CONFIG', `--lease ${twice} is given twice; give it once`);
  }
  const socketGroup = given['socket-group'] ?? null;
  return {
    stateDir: resolve(given['state-dir'] ?? defaultStateDir()),
    memoryBytes,
    codec: given.codec ?? 'lzo',
    leases,
    listen,
    http,
    isHttpGiven: given.http !== undefined,
    httpTokenFile: httpTokenFile === null ? null : resolve(httpTokenFile),
    poolDir: given['pool-dir'] === undefined ? null : resolve(given['pool-dir']),
    socketMode: given['socket-mode'] ?? (socketGroup === null ? MODE_PRIVATE : MODE_GROUP),
    socketGroup,
    fullError: given['full-error'] ?? settings['full-error'].default,
    insecureTcp,
    tcpKeys: given['tcp-keys'] ?? false,
    tier: tierSettingsOf(given),
    tls,
    logLevel: given['log-level'] ?? settings['log-level'].default,
    threadCount: given.threads ?? Math.min(availableParallelism(), THREADS_MAX),
    connectionsMax: given['connections-max'] ?? Number(settings['connections-max'].default),
    leaseConnectionsMax:
      given['lease-connections-max'] ?? Number(settings['lease-connections-max'].default),
    handshakesMax: given['handshakes-max'] ?? Number(settings['handshakes-max'].default),
    negotiationTimeoutMs:
      1000 * (given['negotiation-timeout'] ?? Number(settings['negotiation-timeout'].default)),
  };
}

/** HTTP is not encrypted: beyond this machine figures only if permitted, and a token never. */
function checkHttp(http: TcpAddress | null, isPermitted: boolean, hasToken: boolean): void {
  if (http === null || isLoopback(http.host)) return;
  const text = `--http ${addressText(http)} is not a loopback address`;
  if (!isPermitted) {
    throw new DaemonError(
      'DAEMON_CONFIG',
      `${text}: everybody on the network could read the figures; add --insecure-http if they may, ` +
        'or take 127.0.0.1 and let a proxy with TLS stand before it',
    );
  }
  if (hasToken) {
    throw new DaemonError(
      'DAEMON_CONFIG',
      `${text}: the token of --http-token-file would travel there for all to read; take 127.0.0.1 ` +
        'and let a proxy with TLS stand before it',
    );
  }
}

/** A text that `parse` understands; the message of the issue tells the text and what was expected. */
function textOf<T>(expected: string, parse: (text: string) => T | null) {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T>(({ dataset: { value }, addIssue, NEVER }) => {
      const isText = typeof value === 'string' || typeof value === 'number';
      const parsed = isText ? parse(String(value)) : null;
      if (parsed !== null) return parsed;
      addIssue({ message: `${JSON.stringify(value)}: ${expected}` });
      return NEVER;
    }),
  );
}

function oneOf<const T extends readonly string[]>(names: T) {
  return textOf(`expected one of ${names.join(', ')}`, (text): T[number] | null =>
    names.includes(text) ? text : null,
  );
}

function wholeNumber(max: number) {
  return textOf(`expected a whole number from 1 to ${max}`, (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : 0;
    return value >= 1 && value <= max ? value : null;
  });
}

/** One lease or a list: `NAME=SIZE[,limit=SIZE]` each, or in the file a table. */
const leases = v.pipe(
  v.unknown(),
  v.rawTransform<unknown, LeaseRequest[]>(({ dataset: { value }, addIssue, NEVER }) => {
    try {
      return (Array.isArray(value) ? value : [value]).map(leaseOf);
    } catch (error) {
      if (!(error instanceof DaemonError)) throw error;
      addIssue({ message: error.message });
      return NEVER;
    }
  }),
);

const leaseTable = v.strictObject({
  name: v.string(),
  size: v.union([v.string(), v.number()]),
  limit: v.optional(v.union([v.string(), v.number()])),
});

/** Checks one lease that was asked for; throws with what is wrong with it. */
function leaseOf(value: unknown): LeaseRequest {
  if (typeof value === 'string') {
    const match = /^([^=,]+)=([^=,]+)(?:,limit=([^=,]+))?$/.exec(value);
    if (match !== null) return makeLease(value, match[1]!, match[2]!, match[3]);
    throw wrongLease(value, 'expected NAME=SIZE[,limit=SIZE], as in web=1GiB,limit=256MiB');
  }
  const table = v.safeParse(leaseTable, value);
  if (table.success) {
    const { name, size, limit } = table.output;
    return makeLease(name, name, String(size), limit === undefined ? undefined : String(limit));
  }
  throw wrongLease(
    JSON.stringify(value),
    'expected NAME=SIZE[,limit=SIZE], or a table of name, size and perhaps limit',
  );
}

function makeLease(text: string, name: string, size: string, limit?: string): LeaseRequest {
  const bytes = parseSize(size);
  const limitBytes = limit === undefined ? null : parseSize(limit);
  if (bytes === null) throw wrongLease(text, `'${size}': ${EXPECTED_SIZE}`);
  if (limit !== undefined && limitBytes === null) {
    throw wrongLease(text, `'${limit}': ${EXPECTED_SIZE}`);
  }
  checkLeaseName(name);
  checkLeaseBytes(bytes);
  return { name, bytes, limitBytes };
}

function wrongLease(text: string, why: string): DaemonError {
  return new DaemonError('DAEMON_CONFIG', `'${text}': ${why}`);
}

const path = textOf('expected a path', (text) => (/^[^\0]+$/.test(text) ? text : null));
const size = textOf(EXPECTED_SIZE, parseSize);

/** A schema for each kind of setting. */
const kinds = {
  path,
  size,
  codec: oneOf(codecNames),
  leases,
  listen: textOf('expected tcp:HOST:PORT', (text) =>
    text.startsWith('tcp:') ? parseAddress(text.slice('tcp:'.length), TCP_PORT_DEFAULT) : null,
  ),
  http: textOf('expected HOST:PORT or off', (text) =>
    text === 'off' ? ('off' as const) : parseAddress(text, HTTP_PORT_DEFAULT),
  ),
  // With its zero, and so in the file as a text: TOML reads 0o660 as 432.
  mode: textOf('expected permissions such as "0660"', (text) =>
    /^0[0-7]{3}$/.test(text) ? Number.parseInt(text, 8) : null,
  ),
  name: textOf('expected a name', (text) => (text === '' ? null : text)),
  'full-error': oneOf(fullErrors),
  tls: oneOf(tlsPolicies),
  'log-level': oneOf(logLevels),
  flag: v.boolean('expected true or false'),
  threads: wholeNumber(THREADS_MAX),
  connections: wholeNumber(CONNECTIONS_MAX),
  count: wholeNumber(COUNT_MAX),
  seconds: wholeNumber(SECONDS_MAX),
  days: wholeNumber(DAYS_SECONDS_MAX),
  ratio: textOf('expected a number above 0, as in 4 or 0.5', (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
    return value > 0 && value <= RATIO_MAX ? value : null;
  }),
  promotion: oneOf(promotionRules),
  share: oneOf(shareRules),
} satisfies Readonly<Record<SettingKind, v.GenericSchema>>;

type SettingEntries = {
  [Name in SettingName]: v.OptionalSchema<
    (typeof kinds)[(typeof settings)[Name]['kind']],
    undefined
  >;
};

/** All settings; a key that is none of them is an issue of its own. */
const schema = v.strictObject(
  Object.fromEntries(
    Object.entries(settings).map(([name, { kind }]) => [name, v.optional(kinds[kind])]),
  ) as unknown as SettingEntries,
);
