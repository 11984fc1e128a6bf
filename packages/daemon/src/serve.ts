// The daemon, put together: lock, definitions, pool, data plane, doors, API; and taken apart again
// in the opposite order, with every page kept.

import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { markIoFlusher, notifyServiceManager } from '@pagelend/linux';
import { type LentPool, openPool } from '@pagelend/store';
import { addressText, type TcpAddress } from './addresses.ts';
import { makeApi } from './api/app.ts';
import type { DaemonFacts } from './api/facts.ts';
import { nbdUpgrade } from './api/nbd-upgrade.ts';
import { type ApiServer, openApi, type Upgrade } from './api/server.ts';
import { readToken } from './api/token.ts';
import type { ServeSettings } from './config.ts';
import { startDataPlane } from './data-plane/data-plane.ts';
import { openLeaseDoor, openSignpost, openTcpDoor } from './doors.ts';
import { codeOf } from './errors.ts';
import { groupId } from './groups.ts';
import { type DoorOptions, newDoorCounts } from './handshake-room.ts';
import { lenderIdIn } from './identity.ts';
import { hasPages, LeaseDefinitions } from './lease-definitions.ts';
import { Lender } from './lender.ts';
import { type Log, openLog } from './logs.ts';
import { openPoolDir } from './pool-dir.ts';
import { openStateDir } from './state-dir.ts';
import { startTier, tierChoiceOf } from './tier/start-tier.ts';
import { TlsEntrance } from './tls/entrance.ts';
import { relay } from './transfers/relay.ts';
import { Transfers } from './transfers/transfers.ts';
import { daemonVersion } from './version.ts';

export interface RunningLender {
  /** For the line that tells users and scripts that clients are let in. */
  readonly readyText: string;
  readonly facts: DaemonFacts;
  /** Lends no more, answers what was received, keeps all pages. */
  stop(): Promise<void>;
}

export interface ServeHooks {
  /** A thread that serves has failed; nothing that was acknowledged is lost, but serving is over. */
  readonly onFailure: (error: Error) => void;
}

/** What is to be undone, last first. */
type Undo = () => unknown;

/** Sockets and pages are for the daemon's user alone, until it is said who else may reach them. */
const UMASK = 0o077;

export async function serve(settings: ServeSettings, hooks: ServeHooks): Promise<RunningLender> {
  process.umask(UMASK);
  const { log, flush } = openLog(settings.logLevel);
  const undo: Undo[] = [flush];
  try {
    const facts = await assemble(settings, log, undo, hooks);
    const readyText = readyTextOf(facts);
    // What was logged on the way comes before whatever says that it is ready.
    flush();
    tellServiceManager(log, `READY=1\nSTATUS=${readyText}`);
    return { readyText, facts, stop: () => undoAll(undo, log) };
  } catch (error) {
    await undoAll(undo, log);
    throw error;
  }
}

async function assemble(
  settings: ServeSettings,
  log: Log,
  undo: Undo[],
  { onFailure }: ServeHooks,
): Promise<DaemonFacts> {
  const groupName = settings.socketGroup;
  const access = {
    mode: settings.socketMode,
    groupId: groupName === null ? null : groupId(groupName),
  };
  const stateDir = openStateDir(settings.stateDir, access);
  undo.push(() => stateDir.unlock());
  const definitions = new LeaseDefinitions(stateDir.leasesPath);
  const poolDir = openPoolDir(settings.stateDir, settings.poolDir, settings.memoryBytes);
  if (!poolDir.isMemory) {
    log.warn({ pool_dir: poolDir.path }, 'the pool is on no tmpfs: pages are as slow as that disk');
  }
  const pool = openPages(settings, poolDir.path, definitions, log);
  undo.push(() => pool.close());
  const tier = await startTier(settings, { pool, definitions, log, onFailure });
  undo.push(() => tier?.stop());
  const dataPlane = startDataPlane({
    pool,
    fullError: settings.fullError,
    threadCount: settings.threadCount,
    judge: tier?.judge.feed ?? null,
    onFailure,
  });
  const doors = newDoorCounts();
  const lender: Lender = new Lender({
    ...settings,
    pool,
    dataPlane,
    definitions,
    log,
    openDoor: async ({ name, transit }) => {
      const path = definitions.socketPath(name);
      const there = transit?.socket ?? null;
      if (there !== null) return openSignpost(path, there);
      return openLeaseDoor(name, path, access, doorOptions);
    },
    relay,
    noteShare: ({ index }, share) => tier?.judge.add(index, share),
  });
  const tls =
    settings.tls === null
      ? null
      : new TlsEntrance({ settings, tls: settings.tls, definitions: () => definitions.all(), log });
  undo.push(() => tls?.close());
  const doorOptions: DoorOptions = { ...settings, lender, counts: doors, log, tls };
  undo.push(() => lender.stop());
  const lenderId = lenderIdIn(stateDir.path);
  const parts = { lender, pool, definitions, lenderId, log };
  const transfers = new Transfers(parts, stateDir.adminSocketPath);
  undo.push(() => transfers.close());
  await lender.takeUp(settings.leases);
  await lender.open();
  transfers.moves.resume();
  const { listen, tcpKeys } = settings;
  const tcp = listen === null ? null : await openTcpDoor(listen, tcpKeys, doorOptions);
  undo.push(() => tcp?.close());
  let isReady = false;
  const facts: Writable<DaemonFacts> = {
    lender,
    keeper: tier?.keeper ?? null,
    judge: tier?.judge ?? null,
    transfers,
    doors,
    settings,
    poolDir: poolDir.path,
    listen: tcp?.address ?? null,
    http: null,
    hostName: hostname(),
    version: daemonVersion(),
    startedAt: new Date(),
    socketPath: (name) => definitions.socketPath(name),
    isReady: () => isReady && !lender.isStopping,
  };
  const closing = new AbortController();
  undo.push(() => closing.abort());
  const upgrade = nbdUpgrade(doorOptions, closing.signal);
  facts.http = await openApis(stateDir.adminSocketPath, upgrade, facts, log, undo);
  isReady = true;
  // Before the API closes, so that those who record are told of the end.
  undo.push(() => lender.recordings.close());
  undo.push(() => tellServiceManager(log, 'STOPPING=1'));
  return facts;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Opens the pool with the leases that are defined, and tells what was found. */
function openPages(
  settings: ServeSettings,
  directory: string,
  definitions: LeaseDefinitions,
  log: Log,
): LentPool {
  // Threads that serve inherit this: the kernel then never makes them wait for their own clients.
  const refusal = markIoFlusher();
  if (refusal !== null) log.debug({ reason: refusal }, 'PR_SET_IO_FLUSHER was not permitted');
  const { pool, report } = openPool(
    {
      directory,
      owner: resolve(settings.stateDir),
      memoryBytes: settings.memoryBytes,
      codec: settings.codec,
      threadCountMax: settings.threadCount,
      tier: tierChoiceOf(settings.tier),
    },
    definitions.all().filter(hasPages),
  );
  const { isFresh, pages, milliseconds, removed, lockRefusal } = report;
  log.info({ pool_dir: directory, is_fresh: isFresh, pages, milliseconds }, 'pool opened');
  if (removed.length > 0) {
    log.warn({ removed }, 'slots of leases that are not defined any more were given up');
  }
  if (lockRefusal !== null) {
    log.info(
      { reason: lockRefusal },
      'the pool is not locked in memory: keep the host without swap',
    );
  }
  for (const { id, name } of definitions.all().filter(hasPages)) {
    // As after a reboot; the guests' pages went with the memory that held them.
    if (pool.lease(id)?.isFresh === true) log.warn({ lease: name }, 'lease begins empty');
  }
  return pool;
}

/** Opens the admin socket and HTTP; returns the address of the latter, null if it is off. */
async function openApis(
  adminSocketPath: string,
  upgrade: Upgrade,
  facts: DaemonFacts,
  log: Log,
  undo: Undo[],
): Promise<TcpAddress | null> {
  const open = async (
    where: TcpAddress | { readonly path: string },
    boundHost: string | null,
  ): Promise<ApiServer> => {
    const onUpgrade = boundHost === null ? upgrade : null;
    const server = await openApi(where, makeApi({ facts, log, boundHost, token }), onUpgrade);
    undo.push(() => server.close());
    return server;
  };
  const { http, isHttpGiven, httpTokenFile } = facts.settings;
  const token = httpTokenFile === null ? null : readToken(httpTokenFile);
  await open({ path: adminSocketPath }, null);
  if (http === null) return null;
  try {
    return (await open(http, http.host)).address;
  } catch (error) {
    if (isHttpGiven || codeOf(error) !== 'DAEMON_LISTEN') throw error;
    // A second lender of the machine, above all: its guests need it more than anybody the figures.
    log.warn({ reason: String(error) }, 'lending goes on without HTTP');
    return null;
  }
}

function readyTextOf({ lender, settings, listen, http }: DaemonFacts): string {
  const count = lender.names().length;
  return [
    `${count} lease${count === 1 ? '' : 's'}`,
    settings.stateDir,
    ...(listen === null ? [] : [`tcp:${addressText(listen)}`]),
    ...(http === null ? [] : [`http://${addressText(http)}`]),
  ].join(', ');
}

/** A service manager that went away is no reason to stop lending. */
function tellServiceManager(log: Log, state: string): void {
  try {
    notifyServiceManager(state);
  } catch (error) {
    log.warn({ reason: String(error) }, 'the service manager was not told');
  }
}

/** Goes on past what fails, so that pages are closed and the lock is free in any case. */
async function undoAll(undo: Undo[], log: Log): Promise<void> {
  for (let step = undo.pop(); step !== undefined; step = undo.pop()) {
    try {
      await step();
    } catch (error) {
      log.error({ reason: String(error) }, 'a part did not stop as it should');
    }
  }
}
