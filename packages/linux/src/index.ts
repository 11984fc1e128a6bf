export { errnoName, LinuxError, linuxErrors } from './errors.ts';
export { discardRange, dropCached, endOf, expectRandom, setDirect } from './files.ts';
export {
  addressOf,
  createMemoryFile,
  mapFile,
  populate,
  punchFile,
  reserveFile,
  unmapFile,
} from './memory.ts';
export { Bell, BROKEN, Poller, READABLE, WRITABLE } from './poller.ts';
export { lockFile, lockRange, markIoFlusher, notifyServiceManager } from './process.ts';
export { sharedLibrary } from './shared-library.ts';
export {
  closeDescriptor,
  connectUnix,
  duplicate,
  receive,
  receiveWaiting,
  sendDatagram,
  socketPair,
  transmit,
  transmitWaiting,
  WOULD_WAIT,
} from './sockets.ts';
