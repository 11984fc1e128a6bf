// QEMU with the processor's own virtualisation.

import { programsOfKind } from '../needs.ts';
import type { MachineKind } from './machine.ts';
import { qemuInside, startQemu } from './qemu.ts';

export const kvm: MachineKind = {
  programs: () => programsOfKind.kvm,
  inside: qemuInside,
  start: (plan) => startQemu(plan, ['-accel', 'kvm', '-cpu', 'host']),
};
