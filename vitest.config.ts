import { defineConfig } from 'vitest/config';

// Tests import the rooms by package name (the built code that users run) or a file of their own
// room by path. Long ones are named `*.long.test.ts` and run only by `npm run test:long`.
const long = process.env.PAGELEND_TEST_LONG === '1';

export default defineConfig({
  test: {
    include: long
      ? ['**/test/**/*.long.test.ts', 'tests/**/*.long.test.ts']
      : ['**/test/**/*.test.ts', 'tests/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', ...(long ? [] : ['**/*.long.test.ts'])],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
