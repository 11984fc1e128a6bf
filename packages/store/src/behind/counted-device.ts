// A device whose transfers are counted, whoever asks for them.

import type { TierDevice } from '@pagelend/tier';
import {
  DEVICE_READ_BYTES,
  DEVICE_READS,
  DEVICE_WRITE_BYTES,
  DEVICE_WRITES,
  FAILED_DEVICE_READS,
  FAILED_DEVICE_WRITES,
} from './figures.ts';

export function countedDevice(device: TierDevice, figures: Float64Array): TierDevice {
  const counted = async (
    bytes: number,
    [calls, total, failed]: readonly [number, number, number],
    transfer: Promise<void>,
  ): Promise<void> => {
    figures[calls]! += 1;
    figures[total]! += bytes;
    try {
      await transfer;
    } catch (error) {
      figures[failed]! += 1;
      throw error;
    }
  };
  const reads = [DEVICE_READS, DEVICE_READ_BYTES, FAILED_DEVICE_READS] as const;
  const writes = [DEVICE_WRITES, DEVICE_WRITE_BYTES, FAILED_DEVICE_WRITES] as const;
  return {
    path: device.path,
    bytes: device.bytes,
    blockBytes: device.blockBytes,
    read: (at, target) => counted(target.length, reads, device.read(at, target)),
    write: (at, source) => counted(source.length, writes, device.write(at, source)),
    readNow: (at, target) => device.readNow(at, target),
    writeNow: (at, source) => device.writeNow(at, source),
    discard: (at, bytes) => device.discard(at, bytes),
    close: () => device.close(),
  };
}
