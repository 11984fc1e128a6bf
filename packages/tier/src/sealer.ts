// Encryption of records: AES-256-GCM under a key of each lease, made from a secret of the pool. The
// secret lies beside the pool and goes with a reboot, and what is on the device is noise from then.
//
// A nonce is 8 random bytes of this sealer and a counter. No two sealers need to agree on anything:
// that two of them draw the same 8 bytes is as likely as guessing a key of that length.

import { createCipheriv, createDecipheriv, hkdfSync, randomFillSync } from 'node:crypto';
import { SEAL_BYTES } from './layout.ts';

export const SECRET_BYTES = 32;
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const PREFIX_BYTES = 8;
const AUTH_BYTES = SEAL_BYTES - NONCE_BYTES;
const COUNTER_END = 2 ** 32;
/** Keys that are kept; a pool has fewer leases than this unless they come and go. */
const KEY_COUNT_MAX = 2048;
const PURPOSE = 'pagelend tier record';

const cipherOptions = { authTagLength: AUTH_BYTES } as const;

export class Sealer {
  readonly #secret: Uint8Array;
  readonly #keys = new Map<number, Uint8Array>();
  readonly #nonce = Buffer.alloc(NONCE_BYTES);
  #counter: number;

  /** `counter` is where the nonces' counter begins; tests have it wrap. */
  constructor(secret: Uint8Array, counter = 0) {
    if (secret.length !== SECRET_BYTES) {
      throw new RangeError(`a secret has ${SECRET_BYTES} bytes, not ${secret.length}`);
    }
    this.#secret = Uint8Array.from(secret);
    this.#counter = counter;
    randomFillSync(this.#nonce, 0, PREFIX_BYTES);
  }

  /** Puts nonce, authentication tag and the encrypted payload at `at`. `aad` is authenticated. */
  seal(into: Uint8Array, at: number, tag: number, aad: Uint8Array, payload: Uint8Array): void {
    const nonce = this.#nextNonce();
    const cipher = createCipheriv(CIPHER, this.#keyOf(tag), nonce, cipherOptions);
    cipher.setAAD(aad);
    const encrypted = cipher.update(payload);
    cipher.final();
    into.set(nonce, at);
    into.set(cipher.getAuthTag(), at + NONCE_BYTES);
    into.set(encrypted, at + SEAL_BYTES);
  }

  /** Decrypts in place what `seal` put at `at`, `bytes` of payload. False where it is not that. */
  open(from: Uint8Array, at: number, tag: number, aad: Uint8Array, bytes: number): boolean {
    const nonce = from.subarray(at, at + NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, this.#keyOf(tag), nonce, cipherOptions);
    decipher.setAAD(aad);
    decipher.setAuthTag(from.subarray(at + NONCE_BYTES, at + SEAL_BYTES));
    const plain = decipher.update(from.subarray(at + SEAL_BYTES, at + SEAL_BYTES + bytes));
    try {
      decipher.final();
    } catch {
      return false;
    }
    from.set(plain, at + SEAL_BYTES);
    return true;
  }

  #nextNonce(): Buffer {
    if (this.#counter === COUNTER_END) {
      randomFillSync(this.#nonce, 0, PREFIX_BYTES);
      this.#counter = 0;
    }
    this.#nonce.writeUInt32LE(this.#counter++, PREFIX_BYTES);
    return this.#nonce;
  }

  #keyOf(tag: number): Uint8Array {
    let key = this.#keys.get(tag);
    if (key === undefined) {
      const info = `${PURPOSE} ${tag}`;
      key = new Uint8Array(hkdfSync('sha256', this.#secret, '', info, KEY_BYTES));
      if (this.#keys.size === KEY_COUNT_MAX) this.#keys.clear();
      this.#keys.set(tag, key);
    }
    return key;
  }
}
