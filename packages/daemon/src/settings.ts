// The table of the daemon's settings. Flags of `pagelend serve`, keys of the configuration file and
// the reference page are all made from it; config.ts parses what it describes.

import type { CodecName } from '@pagelend/codec';
import { DaemonError } from './errors.ts';

/** What kind of value a setting has; config.ts has a schema for each. */
export type SettingKind =
  | 'path'
  | 'size'
  | 'codec'
  | 'leases'
  | 'listen'
  | 'http'
  | 'mode'
  | 'name'
  | 'full-error'
  | 'tls'
  | 'log-level'
  | 'flag'
  | 'threads'
  | 'connections'
  | 'count'
  | 'seconds'
  | 'days'
  | 'ratio'
  | 'promotion'
  | 'share';

export interface Setting {
  readonly kind: SettingKind;
  /** What stands for the value in help; empty for a flag that has none. */
  readonly value: string;
  /** As it would be written; null where there is none and help says what happens then. */
  readonly default: string | null;
  readonly says: string;
}

export const settings = {
  'state-dir': {
    kind: 'path',
    value: 'DIR',
    default: null,
    says: 'sockets, lock and leases; made if missing (default: /run/pagelend for root, else $XDG_RUNTIME_DIR/pagelend)',
  },
  memory: {
    kind: 'size',
    value: 'SIZE',
    default: null,
    says: 'real memory to lend, compressed pages and their tables together; required',
  },
  codec: {
    kind: 'codec',
    value: 'NAME',
    default: 'lzo',
    says: 'compression of pages written from now on: lzo, lz4, zstd',
  },
  lease: {
    kind: 'leases',
    value: 'NAME=SIZE[,limit=SIZE]',
    default: null,
    says: 'make this lease, or take up the one that is there; may be given several times',
  },
  listen: {
    kind: 'listen',
    value: 'tcp:HOST:PORT',
    default: null,
    says: 'lend over TCP too; port 10809 if none is given (default: unix sockets only)',
  },
  http: {
    kind: 'http',
    value: 'HOST:PORT|off',
    default: '127.0.0.1:10810',
    says: 'figures, health and metrics over HTTP; nothing can be changed there without a token',
  },
  'http-token-file': {
    kind: 'path',
    value: 'FILE',
    default: null,
    says: 'let leases be changed over HTTP by who sends the token in this file; on loopback only',
  },
  'insecure-http': {
    kind: 'flag',
    value: '',
    default: null,
    says: 'permit HTTP on other than loopback, where everybody on the network can read the figures',
  },
  'pool-dir': {
    kind: 'path',
    value: 'DIR',
    default: null,
    says: 'where the pages are (default: in the state directory if that is a tmpfs that holds --memory and not under /run, else a folder of /dev/shm named after it; a pool that is in one of them stays there)',
  },
  tier: {
    kind: 'path',
    value: 'PATH',
    default: null,
    says: 'a file or block device behind the pool, to which pages go when memory is short',
  },
  'tier-size': {
    kind: 'size',
    value: 'SIZE',
    default: null,
    says: 'size of the file behind the pool; needed where it is to be made (default: as large as it is)',
  },
  'tier-encrypt': {
    kind: 'flag',
    value: '',
    default: null,
    says: 'encrypt pages behind the pool, with a key for each lease that goes when the host boots',
  },
  'tier-lost': {
    kind: 'flag',
    value: '',
    default: null,
    says: 'start although pages are in a tier that is gone: those answer with errors, all others are served',
  },
  policy: {
    kind: 'name',
    value: 'NAME[:key=value…]',
    default: 'craw-rm',
    says: 'which pages go behind; any of pagelend policies but those that know the future',
  },
  'cost-ratio': {
    kind: 'ratio',
    value: 'N',
    default: null,
    says: 'what writing a page behind costs, in reads (default: measured at start)',
  },
  promote: {
    kind: 'promotion',
    value: 'RULE',
    default: 'second',
    says: 'whether a page that is read back comes to stand in memory: always, at the second read, or never',
  },
  'idle-after': {
    kind: 'days',
    value: 'SECONDS',
    default: null,
    says: 'write pages behind that were not used for so long, before memory is short (default: never)',
  },
  'write-budget': {
    kind: 'size',
    value: 'SIZE',
    default: null,
    says: 'bytes a day that idle pages may be written with, to spare the device (default: no bound)',
  },
  share: {
    kind: 'share',
    value: 'RULE',
    default: 'off',
    says: 'how leases share memory when it is short: off (whoever uses it) or auto (by what it gains each, with weights and floors)',
  },
  'socket-mode': {
    kind: 'mode',
    value: 'MODE',
    default: null,
    says: "permissions of the leases' sockets (default: 0600, with a group 0660)",
  },
  'socket-group': {
    kind: 'name',
    value: 'GROUP',
    default: null,
    says: "group of the leases' sockets, by name or number, as in libvirt-qemu",
  },
  'full-error': {
    kind: 'full-error',
    value: 'ERRNO',
    default: 'EIO',
    says: 'what a write gets that would pass a limit; EIO leaves the guest running, on ENOSPC QEMU pauses it',
  },
  'insecure-tcp': {
    kind: 'flag',
    value: '',
    default: null,
    says: 'permit TCP without TLS on other than loopback, where a lease is reached by NAME/KEY alone',
  },
  'tcp-keys': {
    kind: 'flag',
    value: '',
    default: null,
    says: 'have leases reached by NAME/KEY alone on loopback TCP too, and list none there',
  },
  tls: {
    kind: 'tls',
    value: 'POLICY',
    default: null,
    says: 'whether TCP clients must use TLS: require, allow or off (default: require where TLS is configured by one of the following)',
  },
  'tls-certificates': {
    kind: 'path',
    value: 'DIR',
    default: null,
    says: "the lender's server-cert.pem and server-key.pem, the ca-cert.pem that vouches for clients, and perhaps ca-crl.pem",
  },
  'tls-certificate': {
    kind: 'path',
    value: 'FILE',
    default: null,
    says: "the lender's certificate, in place of the one in the folder",
  },
  'tls-key': {
    kind: 'path',
    value: 'FILE',
    default: null,
    says: 'its private key, in place of the one in the folder',
  },
  'tls-client-ca': {
    kind: 'path',
    value: 'FILE',
    default: null,
    says: 'the CA that vouches for clients, in place of the one in the folder',
  },
  'tls-anonymous': {
    kind: 'flag',
    value: '',
    default: null,
    says: 'let in TLS clients without a certificate, which reach a lease by NAME/KEY alone',
  },
  'tls-psk': {
    kind: 'flag',
    value: '',
    default: null,
    says: "let clients prove themselves by their lease's pre-shared key; needs no certificates",
  },
  'log-level': {
    kind: 'log-level',
    value: 'LEVEL',
    default: 'info',
    says: 'what goes to stderr: error, warn, info, debug, silent',
  },
  threads: {
    kind: 'threads',
    value: 'N',
    default: null,
    says: 'threads that serve pages (default: one per core, 16 at most)',
  },
  'connections-max': {
    kind: 'connections',
    value: 'N',
    default: '240',
    says: 'connections served at the same time, all leases together; 240 at most',
  },
  'lease-connections-max': {
    kind: 'count',
    value: 'N',
    default: '16',
    says: 'connections served at the same time, each lease',
  },
  'handshakes-max': {
    kind: 'count',
    value: 'N',
    default: '32',
    says: 'handshakes under way at the same time, each socket',
  },
  'negotiation-timeout': {
    kind: 'seconds',
    value: 'SECONDS',
    default: '10',
    says: 'time that a client has to finish its handshake',
  },
} as const satisfies Readonly<Record<string, Setting>>;

export type SettingName = keyof typeof settings;

/** Names of codecs without loading them; the compiler holds the list to the codec room's. */
export const codecNames = ['lzo', 'lz4', 'zstd'] as const satisfies readonly CodecName[];
export const fullErrors = ['EIO', 'ENOSPC'] as const;
export const tlsPolicies = ['require', 'allow', 'off'] as const;
export const promotionRules = ['always', 'second', 'never'] as const;
export const shareRules = ['off', 'auto'] as const;
export const logLevels = ['error', 'warn', 'info', 'debug', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export const TCP_PORT_DEFAULT = 10_809;
export const HTTP_PORT_DEFAULT = 10_810;

/** Where a daemon's state is unless it is said: the same for the daemon and all who call it. */
export function defaultStateDir(): string {
  if (process.getuid?.() === 0) return '/run/pagelend';
  const runtime = process.env.XDG_RUNTIME_DIR ?? '';
  if (runtime !== '') return `${runtime}/pagelend`;
  throw new DaemonError(
    'DAEMON_CONFIG',
    'state-dir: there is no default, since XDG_RUNTIME_DIR is not set; give --state-dir DIR',
  );
}
