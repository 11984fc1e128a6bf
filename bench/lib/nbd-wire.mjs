// The NBD protocol's numbers and its handshake, for a client that waits in every call: GO, no
// structured replies, no extras.

import {
  addressOf,
  closeDescriptor,
  connectUnix,
  receiveWaiting,
  transmitWaiting,
} from '@pagelend/linux';

export const REQUEST_MAGIC = 0x25609513;
export const REPLY_MAGIC = 0x67446698;
export const REQUEST_BYTES = 28;
export const REPLY_BYTES = 16;
export const READ = 0;
export const WRITE = 1;
export const DISCONNECT = 2;
export const TRIM = 4;

const NBDMAGIC = 0x4e42444d41474943n;
const IHAVEOPT = 0x49484156454f5054n;
const OPTION_REPLY_MAGIC = 0x3e889045565a9n;
const FIXED_NEWSTYLE_NO_ZEROES = 3;
const GO = 7;
const ACKNOWLEDGED = 1;
const INFO = 3;
const INFO_EXPORT = 0;

/** Connects and negotiates; `memory` lends `bytes` at `at` for the messages. */
export function openExport({ socket, exportName, memory, at }) {
  const fd = connectUnix(socket);
  const base = addressOf(memory);
  const view = new DataView(memory.buffer);
  const take = (bytes) => {
    receiveAll(fd, base + at, bytes);
    return at;
  };
  try {
    take(18);
    if (view.getBigUint64(at) !== NBDMAGIC || view.getBigUint64(at + 8) !== IHAVEOPT) {
      throw new Error(`${socket}: the peer does not speak newstyle NBD`);
    }
    sendAll(fd, base + at, writeGo(view, at, exportName));
    const exportBytes = awaitGo(take, view, socket);
    return { fd, exportBytes };
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
}

function writeGo(view, at, exportName) {
  const name = new TextEncoder().encode(exportName);
  view.setUint32(at, FIXED_NEWSTYLE_NO_ZEROES);
  view.setBigUint64(at + 4, IHAVEOPT);
  view.setUint32(at + 12, GO);
  view.setUint32(at + 16, name.length + 6);
  view.setUint32(at + 20, name.length);
  new Uint8Array(view.buffer, at + 24, name.length).set(name);
  view.setUint16(at + 24 + name.length, 0);
  return 26 + name.length;
}

/** Reads the answers to GO up to the last; returns the export's size. */
function awaitGo(take, view, socket) {
  let exportBytes = 0;
  for (;;) {
    const at = take(20);
    if (view.getBigUint64(at) !== OPTION_REPLY_MAGIC)
      throw new Error(`${socket}: not a reply to GO`);
    const type = view.getUint32(at + 12);
    const bytes = view.getUint32(at + 16);
    if (bytes > 0) take(bytes);
    if (type === ACKNOWLEDGED) return exportBytes;
    if (type !== INFO) throw new Error(`${socket}: GO was answered by ${type.toString(16)}`);
    if (view.getUint16(at) === INFO_EXPORT) exportBytes = Number(view.getBigUint64(at + 2));
  }
}

export function receiveAll(fd, to, bytes) {
  for (let done = 0; done < bytes; ) {
    const count = receiveWaiting(fd, to + done, bytes - done);
    if (count <= 0) throw new Error(`the server hung up (${count})`);
    done += count;
  }
}

export function sendAll(fd, from, bytes) {
  for (let done = 0; done < bytes; ) {
    const count = transmitWaiting(fd, from + done, bytes - done);
    if (count < 0) throw new Error(`the server hung up (${count})`);
    done += count;
  }
}

/** Writes the header of a request on a whole page. */
export function putRequest(view, at, type, cookie, slot) {
  view.setUint32(at, REQUEST_MAGIC);
  view.setUint32(at + 4, type);
  view.setUint32(at + 8, 0);
  view.setUint32(at + 12, cookie);
  view.setUint32(at + 16, slot >>> 20);
  view.setUint32(at + 20, slot << 12);
  view.setUint32(at + 24, type === DISCONNECT ? 0 : 4096);
}
