// Shadow copies of replacement policies on a sample of each lease's references: what more memory or
// another policy would save, and how a pool is best divided. No I/O: it runs in Node and in browsers.

export * from './division.ts';
export * from './errors.ts';
export * from './hull.ts';
export * from './jackknife.ts';
export * from './judge.ts';
export * from './lease-judge.ts';
export * from './sample.ts';
export * from './settings.ts';
export * from './shadow.ts';
export * from './shadow-group.ts';
export * from './slot-ids.ts';
export * from './verdict.ts';
export * from './window.ts';
