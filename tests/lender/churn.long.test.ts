// Minutes of churn, with a restart in the middle, whose rebuilt allocator must do as well.

import { test } from 'vitest';
import { CHURN_SIZE, churn } from './churn.ts';
import { startLender } from './daemon.ts';

test('memory stays bounded over minutes of churn and a restart', { timeout: 900_000 }, async () => {
  const lender = await startLender({ leases: { guest: CHURN_SIZE } });
  await churn(lender, 'guest', 150);
  await lender.kill();
  await lender.start();
  await churn(lender, 'guest', 150);
});
