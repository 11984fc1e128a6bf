// A thread that relays TLS sessions, so that neither the API nor plaintext guests ever wait for
// somebody's cryptography.

import { parentPort } from 'node:worker_threads';
import { markIoFlusher } from '@pagelend/linux';
import { TlsRelay } from './relay.ts';
import type { FromRelay, ToRelay } from './relay-messages.ts';

markIoFlusher();
const relay = new TlsRelay((message: FromRelay) => parentPort!.postMessage(message));
parentPort!.on('message', (message: ToRelay) => relay.heed(message));
