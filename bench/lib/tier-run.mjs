// A pool with a tier behind it and the keeper that runs it, all on this thread, with a device that is
// timed: what tier.mjs replays its streams through.

import { mustFindPolicy, optionsOf, parsePolicySpec } from '@pagelend/policies';
import { Keeper, openPool, PageStore } from '@pagelend/store';
import { deviceOf, measureCosts } from '@pagelend/tier';
import { PAGE_BYTES } from './tier-pages.mjs';
import { TimedDevice } from './timed-device.mjs';

export const LEASE = 'stream';
export const EIO = 5;
const THREAD_COUNT_MAX = 1;
const KEEPER_THREAD = 2;
const NEVER = {
  afterSeconds: Number.POSITIVE_INFINITY,
  budgetBytesPerDay: Number.POSITIVE_INFINITY,
};

/** A pool with one lease of so many slots. */
export function openStreamPool({ directory, memoryBytes, slotCount, tier }) {
  const owner = directory;
  return openPool(
    { directory, owner, memoryBytes, codec: 'lzo', threadCountMax: THREAD_COUNT_MAX, tier },
    [{ id: LEASE, bytes: slotCount * PAGE_BYTES, limitBytes: null }],
  ).pool;
}

/** A policy from the users' notation, as in `craw-rm:link=lazy`. */
export function policyOf(text) {
  const spec = parsePolicySpec(text);
  const definition = mustFindPolicy(spec.name);
  return { definition, options: optionsOf(definition, spec.options) };
}

/** Opens all of it. `costs` null: as the device is measured now. */
export async function openTierRun({ policy, promotion, costs, tierPath, tierBytes, ...place }) {
  const chosen = policyOf(policy);
  const tier = { path: tierPath, bytes: tierBytes, isEncrypted: false, policy: chosen };
  const pool = openStreamPool({ ...place, tier });
  const { share, limits } = pool.attachment;
  const { behind } = share;
  const inner = deviceOf(behind.tier);
  const live = new Int32Array(behind.tier.live);
  const weighed = costs ?? (await measureCosts(inner, behind.tier.layout, live));
  const device = new TimedDevice(inner);
  const troubles = [];
  const options = {
    policy: { ...chosen, costs: weighed },
    promotion,
    idle: NEVER,
    isShared: false,
    device,
  };
  const hooks = {
    onDamage: ({ slot, reason }) => troubles.push(`slot ${slot}: ${reason}`),
    onTrouble: (error) => {
      if (error !== null) troubles.push(error === 'full' ? 'the tier is full' : error.message);
    },
  };
  const keeper = new Keeper(new PageStore(share, KEEPER_THREAD), limits, behind, options, hooks);
  const running = keeper.run();
  pool.linkKeeper({
    add: (table) => void keeper.add(table),
    drop: (index) => keeper.drop(index),
    relimit: (index) => void keeper.relimit(index),
  });
  const close = async () => {
    keeper.stop();
    await running;
    pool.close();
  };
  return { pool, behind, device, costs: weighed, troubles, close };
}
