// QEMU's emulation: slow, and works on every machine. Of the processors it can emulate, the plain
// one boots a third faster than the one with all extensions; with RDRAND the guest's random numbers
// are there at once.

import { programsOfKind } from '../needs.ts';
import type { MachineKind } from './machine.ts';
import { qemuInside, startQemu } from './qemu.ts';

export const tcg: MachineKind = {
  programs: () => programsOfKind.tcg,
  inside: qemuInside,
  start: (plan) => startQemu(plan, ['-accel', 'tcg', '-cpu', 'qemu64,+rdrand']),
};
