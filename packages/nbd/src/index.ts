export { DATA, HOLE, PAGE_BYTES, type PageDevice, type SlotState, ZERO } from './page-device.ts';
