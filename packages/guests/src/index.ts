// Real guests: machines that boot in seconds, with the attachments of swap that pagelend lends.

export { COMMAND_BYTES_MAX, COMMANDS_AT_ONCE, DEFAULT_RUN_SECONDS } from './console/console.ts';
export * from './contract.ts';
export { GuestError, type GuestErrorCode, guestErrors } from './errors.ts';
export { bootGuest, DEFAULT_BOOT_SECONDS } from './guest.ts';
export { type CompiledFile, jobCommand, parseJobOutput } from './job/command.ts';
export { type JobWeight, jobFiles } from './job/files.ts';
export { buildJobImage, type JobImage, type JobImageOptions } from './job/image.ts';
export { chooseKind, guestKindsHere, type KindHere } from './kinds.ts';
export {
  findProgram,
  type HostProgram,
  hostPackages,
  installLine,
  missingPrograms,
  programsOfKind,
} from './needs.ts';
export { buildProgram, type ProgramName, programNames } from './programs/build.ts';
export {
  Hog,
  type HogCheck,
  type HogOptions,
  hogProgram,
  UML_HOG_BYTES_MAX,
} from './programs/hog.ts';
export { type HogContent, hogPage } from './programs/hog-content.ts';
export { parseSamples, type Samples, sampleProgram, startSampler } from './programs/sampler.ts';
export {
  deviceSwapCommand,
  nbdClientCommand,
  nbdClientProgram,
  nbdKeepCommand,
  nbdKeepProgram,
  swapOffCommand,
  zramSwapCommand,
} from './swap/commands.ts';
export { parseSwapFigures, type SwapFigures, swapFiguresCommand } from './swap/figures.ts';
export { groupFolder, makeGroupCommand, pushOutCommand, swappedBytesOf } from './swap/groups.ts';
