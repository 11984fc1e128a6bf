// The laboratory: trace-driven simulation of page replacement, sweeps and their results.

export * from './errors.ts';
export * from './frames.ts';
export * from './media.ts';
export * from './memory-trace.ts';
export * from './output/index.ts';
export * from './policy-file.ts';
export * from './result.ts';
export * from './simulation.ts';
export * from './sweep.ts';
export * from './version.ts';
export * from './warmup.ts';
