// Page table and replacement policies. No dependencies and no I/O: it runs in Node and in browsers.

export * from './errors.ts';
export * from './lists/adaptive-lists.ts';
export * from './lists/dirty-clusters.ts';
export * from './lists/frame-ring.ts';
export * from './lists/frame-set.ts';
export * from './lists/page-bags.ts';
export * from './lists/page-heap.ts';
export * from './lists/page-pair-heap.ts';
export * from './lists/page-queues.ts';
export * from './lists/rank-buckets.ts';
export * from './lists/rank-heap.ts';
export * from './lists/scan-queue.ts';
export * from './lists/void-counts.ts';
export * from './observation.ts';
export * from './options.ts';
export * from './page-table.ts';
export * from './policy.ts';
export * from './reference.ts';
export * from './registry.ts';
