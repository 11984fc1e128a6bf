// For tools that describe the command: the reference pages are made from these.

export { cliErrors } from './failure.ts';
export { makeProgram } from './program.ts';
