// A little churn; churn.long.test.ts has more.

import { test } from 'vitest';
import { CHURN_SIZE, churn } from './churn.ts';
import { startLender } from './daemon.ts';

test('memory after churn stays at the figure after filling', async () => {
  const lender = await startLender({ leases: { guest: CHURN_SIZE } });
  await churn(lender, 'guest', 4);
});
