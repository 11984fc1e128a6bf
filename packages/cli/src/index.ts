// For tools that describe the command: the reference page of the CLI is made from this program.

export { makeProgram } from './program.ts';
