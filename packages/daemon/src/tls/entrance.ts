// TLS as the doors see it: whether clients must use it, and the way through. Put together here from
// the settings, the credentials' files, the leases' keys and the relays.

import { hkdfSync } from 'node:crypto';
import type { TlsMode } from '@pagelend/nbd';
import type { ServeSettings } from '../config.ts';
import type { LeaseDefinition } from '../lease-definitions.ts';
import type { Log } from '../logs.ts';
import { CredentialFiles, type Credentials } from './credentials.ts';
import type { PskTable, RelaySetup } from './relay-messages.ts';
import { type Secured, TlsRelays } from './relays.ts';
import type { TlsSettings } from './settings.ts';

const PSK_BYTES = 32;
const DAY_MS = 86_400_000;
const WARN_DAYS = 14;
/** Beside the sessions served: handshakes, and clients that fetch their last answers. */
const EXTRA_SESSIONS_MAX = 64;

export interface EntranceParts {
  readonly settings: ServeSettings;
  readonly tls: TlsSettings;
  readonly definitions: () => readonly LeaseDefinition[];
  readonly log: Log;
}

export class TlsEntrance {
  readonly mode: TlsMode;
  readonly #parts: EntranceParts;
  readonly #files: CredentialFiles | null;
  readonly #relays: TlsRelays;
  #setup: { readonly of: Credentials | null; readonly setup: RelaySetup } | null = null;

  /** Throws where certificates can't be used. */
  constructor(parts: EntranceParts) {
    const { settings, tls, log } = parts;
    this.#parts = parts;
    this.mode = tls.mode;
    this.#files =
      tls.paths === null
        ? null
        : new CredentialFiles(tls.paths, (error) =>
            log.warn({ reason: String(error) }, 'the certificates of before are used on'),
          );
    this.#warnOfEnd();
    this.#relays = new TlsRelays({
      threadCount: settings.threadCount,
      sessionsMax: settings.connectionsMax + settings.handshakesMax + EXTRA_SESSIONS_MAX,
      setup: () => this.#currentSetup(),
      log,
    });
  }

  get sessionCount(): number {
    return this.#relays.sessionCount;
  }

  secure(fd: number, signal: AbortSignal): Promise<Secured | string> {
    return this.#relays.secure(fd, this.#psk(), signal);
  }

  close(): Promise<void> {
    return this.#relays.close();
  }

  #currentSetup(): RelaySetup {
    const credentials = this.#files?.current() ?? null;
    if (this.#setup !== null && this.#setup.of === credentials) return this.#setup.setup;
    const isRenewed = this.#setup !== null;
    const { tls, settings } = this.#parts;
    const setup: RelaySetup = {
      certificate: credentials?.certificate ?? null,
      key: credentials?.key ?? null,
      clientCa: credentials?.clientCa ?? null,
      revoked: credentials?.revoked ?? null,
      mayBeAnonymous: tls.mayBeAnonymous,
      hasPsk: tls.hasPsk,
      handshakeTimeoutMs: settings.negotiationTimeoutMs,
    };
    this.#setup = { of: credentials, setup };
    if (isRenewed) {
      this.#parts.log.info({ expires: credentials?.expiresAt }, 'new certificates are used');
      this.#warnOfEnd();
    }
    return setup;
  }

  /** The leases' keys as they are now: of those that name their clients too, since it is their own. */
  #psk(): PskTable {
    if (!this.#parts.tls.hasPsk) return new Map();
    const entries = this.#parts.definitions();
    return new Map(entries.map((one) => [one.name, { key: pskOf(one), leaseId: one.id }]));
  }

  #warnOfEnd(): void {
    const expiresAt = this.#files?.current().expiresAt;
    if (expiresAt === undefined || expiresAt.getTime() - Date.now() > WARN_DAYS * DAY_MS) return;
    this.#parts.log.warn({ expires: expiresAt }, 'the certificate of the lender ends soon, or has');
  }
}

/**
 * The lease's pre-shared key, as 64 hexadecimal digits. Made from its other key, so that a lease that
 * moves to another lender keeps both; who knows this one can't find that one.
 */
export function pskOf({ name, key }: Pick<LeaseDefinition, 'name' | 'key'>): string {
  const info = `pagelend TLS-PSK of ${name}`;
  return Buffer.from(hkdfSync('sha256', key, '', info, PSK_BYTES)).toString('hex');
}
