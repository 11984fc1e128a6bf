export {
  allowedCommandFlags,
  TRANSMISSION_FLAGS,
  transmissionFlags,
} from './capabilities.ts';
export {
  BUFFER_BYTES_MIN,
  NBD_EINVAL,
  NBD_EIO,
  NBD_ENOMEM,
  NBD_ENOSPC,
  NBD_ENOTSUP,
  NBD_EOVERFLOW,
  NBD_EPERM,
  NBD_ESHUTDOWN,
  OPTION_COUNT_MAX,
  OPTION_DATA_BYTES_MAX,
  PAYLOAD_BYTES_MAX,
  STRING_BYTES_MAX,
} from './constants.ts';
export {
  ClientNegotiation,
  type ClientStep,
  type ClientWish,
} from './handshake/client-negotiation.ts';
export type {
  ExportDescription,
  ExportDirectory,
  NegotiationHost,
  TlsMode,
} from './handshake/exports.ts';
export { Negotiation, type Step } from './handshake/negotiation.ts';
export {
  DATA,
  HOLE,
  PAGE_BYTES,
  type PageDevice,
  type SlotState,
  WAIT,
  ZERO,
} from './page-device.ts';
export {
  PAGES_READ,
  PAGES_TRIMMED,
  PAGES_WRITTEN,
  PAGES_ZEROED,
  type RequestKind,
  type RequestObserver,
} from './transmission/observer.ts';
export {
  ENDED,
  HELD,
  WANTS_DEVICE,
  WANTS_INPUT,
  WANTS_OUTPUT,
  WANTS_TURN,
  type Wants,
} from './transmission/progress.ts';
export {
  Transmission,
  type TransmissionBuffers,
  type TransmissionOptions,
} from './transmission/transmission.ts';
