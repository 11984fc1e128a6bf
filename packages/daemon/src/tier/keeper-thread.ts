// The thread of the tier's keeper. Orders are carried out one after the other, in the order in which
// they were given.

import { parentPort, workerData } from 'node:worker_threads';
import { markIoFlusher } from '@pagelend/linux';
import { Keeper, PageStore } from '@pagelend/store';
import type { FromKeeper, KeeperSetup, ToKeeper } from './messages.ts';
import { poolPolicy } from './policy.ts';

const port = parentPort!;
const setup = workerData as KeeperSetup;
const { attachment, thread, costs, promotion, idle, isShared } = setup;

function tell(message: FromKeeper): void {
  port.postMessage(message);
}

markIoFlusher();
const keeper = new Keeper(
  new PageStore(attachment.share, thread),
  attachment.limits,
  attachment.share.behind!,
  { policy: { ...poolPolicy(setup.policy), costs }, promotion, idle, isShared },
  {
    onDamage: (damage) => tell({ kind: 'damage', damage }),
    onTrouble: (trouble) => {
      const reason = trouble === null || trouble === 'full' ? trouble : trouble.message;
      tell({ kind: 'trouble', reason });
    },
  },
);

async function carryOut(order: ToKeeper): Promise<void> {
  if (order.kind === 'add') await keeper.add(order.table);
  else if (order.kind === 'relimit') await keeper.relimit(order.leaseIndex);
  else if (order.kind === 'drop') {
    await keeper.drop(order.leaseIndex);
    tell({ kind: 'done', order: order.order });
  } else if (order.kind === 'catch-up') tell({ kind: 'done', order: order.order });
  else keeper.stop();
}

let orders = Promise.resolve();
port.on('message', (order: ToKeeper) => {
  orders = orders.then(() => carryOut(order));
});

await keeper.run();
tell({ kind: 'stopped' });
port.close();
