// What the handshake needs to know of the host: which exports there are for this client, and
// whether TLS is to be had.

export interface ExportDescription {
  /** Canonical name: 1 to 4096 bytes of UTF-8 without NUL. */
  readonly name: string;
  /** Size; a multiple of 4096. */
  readonly bytes: number;
  /** For people; at most 4096 bytes of UTF-8. */
  readonly description?: string | undefined;
  readonly isReadOnly?: boolean | undefined;
}

/** The exports that one client may see. */
export interface ExportDirectory {
  /** Names for OPT_LIST; null if listing is refused by policy. */
  list(): readonly string[] | null;
  /** The export of that name; '' asks for the default one. */
  find(name: string): ExportDescription | undefined;
}

/** `required` is the text's FORCEDTLS mode, `offered` its SELECTIVETLS, `off` its NOTLS. */
export type TlsMode = 'off' | 'offered' | 'required';

export interface NegotiationHost {
  readonly exports: ExportDirectory;
  readonly tls: TlsMode;
}
