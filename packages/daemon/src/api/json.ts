// The API's answers. Names that users of zram know are kept (orig_data_size and the like, all of
// them bytes or counts); others say their unit.

import type { CodecName } from '@pagelend/codec';
import type { LeaseUsage } from '@pagelend/store';
import { addressText, isWildcard, type TcpAddress } from '../addresses.ts';
import { type Attachment, type AttachmentFacts, attachmentOf } from '../attachment.ts';
import type { FullError } from '../contract.ts';
import { exportNameOf, tcpKind } from '../export-names.ts';
import { type LeaseShare, SHARE_DEFAULT } from '../lease-definitions.ts';
import type { LeasePhase, LeaseState } from '../lender-types.ts';
import { clientText } from '../tls/clients.ts';
import { pskOf } from '../tls/entrance.ts';
import type { DaemonFacts } from './facts.ts';
import { type TierJson, tierJson } from './tier-json.ts';

interface UsageJson {
  orig_data_size: number;
  compr_data_size: number;
  mem_used_total: number;
  same_pages: number;
  huge_pages: number;
  stored_pages: number;
  num_reads: number;
  num_writes: number;
  failed_reads: number;
  failed_writes: number;
  trimmed_pages: number;
  /** Of the stored pages, those in the tier; pages read from it, and written to it. */
  behind_pages: number;
  fetched_pages: number;
  written_behind_pages: number;
  /** Pages that left memory without a write, since their copy in the tier was good. */
  clean_leavings: number;
}

export interface LeaseJson extends UsageJson {
  name: string;
  id: string;
  /** Virtual size in bytes. */
  size: number;
  limit_bytes: number | null;
  /** Who may use it over TCP; null for the default, the certificate that bears its name. */
  clients: readonly string[] | null;
  share: ShareJson;
  connections: number;
  created_at: string;
  socket: string;
  state: LeasePhase;
  /** The admin socket of the lender that it moves or has moved to. */
  moves_to: string | null;
}

/** Its part of memory that is divided by `serve --share auto`. */
export interface ShareJson {
  weight: number;
  floor_bytes: number;
  cap_bytes: number | null;
}

export interface ConnectionJson {
  id: number;
  transport: 'unix' | 'tcp' | 'tls';
  peer: string | null;
  /** What the client has proved, as in cn:web1, psk or anonymous; null without TLS. */
  client: string | null;
  since: string;
}

export interface LeasesJson {
  schema: 'pagelend.leases/1';
  leases: LeaseJson[];
}

export interface LeaseDetailJson {
  schema: 'pagelend.lease/1';
  lease: LeaseJson;
  connections: ConnectionJson[];
  /** Null over HTTP: it holds what a guest proves itself by. */
  attachment: AttachmentJson | null;
}

export interface AttachmentJson {
  qemu_arguments: readonly string[];
  qemu: string;
  libvirt_xml: string;
  nbd_client: string;
  nbd_client_tcp: string | null;
  swapon: string;
  tcp_export: string | null;
  qemu_tls: string | null;
  /** The line of a keys.psk by which the lease's guest proves itself; null without --tls-psk. */
  tls_psk: string | null;
}

export interface PoolJson extends UsageJson {
  schema: 'pagelend.pool/1';
  codec: CodecName;
  /** Bytes that the pool may take. */
  mem_limit: number;
  table_bytes: number;
  idle_bytes: number;
  pages_compacted: number;
  leases: number;
  connections: number;
  state_dir: string;
  pool_dir: string;
  full_error: FullError;
  listen: string | null;
  http: string | null;
  pid: number;
  version: string;
  started_at: string;
  /** Null without a tier. */
  tier: TierJson | null;
}

export interface ErrorJson {
  error: { code: string; message: string };
}

export function leaseJson(
  { definition, phase, usage, connections }: LeaseState,
  facts: DaemonFacts,
): LeaseJson {
  return {
    name: definition.name,
    id: definition.id,
    size: definition.bytes,
    limit_bytes: definition.limitBytes,
    clients: definition.clients ?? null,
    share: shareJson(definition.share ?? SHARE_DEFAULT),
    connections: connections.length,
    created_at: definition.createdAt,
    socket: facts.socketPath(definition.name),
    state: phase,
    moves_to: definition.transit?.to ?? null,
    ...usageJson(usage),
  };
}

export function leaseDetailJson(
  state: LeaseState,
  facts: DaemonFacts,
  showsSecrets: boolean,
): LeaseDetailJson {
  return {
    schema: 'pagelend.lease/1',
    lease: leaseJson(state, facts),
    connections: state.connections.map(({ id, transport, peer, client, since }) => ({
      id,
      transport,
      peer,
      client: client === null ? null : clientText(client),
      since: since.toISOString(),
    })),
    attachment: showsSecrets ? attachmentJson(state, facts) : null,
  };
}

export function poolJson(facts: DaemonFacts): PoolJson {
  const usage = facts.lender.poolUsage();
  const { settings } = facts;
  return {
    schema: 'pagelend.pool/1',
    codec: usage.codec,
    mem_limit: usage.memLimitBytes,
    ...usageJson(usage),
    table_bytes: usage.tableBytes,
    idle_bytes: usage.idleBytes,
    pages_compacted: usage.pagesCompacted,
    leases: facts.lender.names().length,
    connections: facts.lender.connectionCount,
    state_dir: settings.stateDir,
    pool_dir: facts.poolDir,
    full_error: settings.fullError,
    listen: facts.listen === null ? null : `tcp:${addressText(facts.listen)}`,
    http: facts.http === null ? null : addressText(facts.http),
    pid: process.pid,
    version: facts.version,
    started_at: facts.startedAt.toISOString(),
    tier: tierJson(facts),
  };
}

function shareJson({ weight, floorBytes, capBytes }: LeaseShare): ShareJson {
  return { weight, floor_bytes: floorBytes, cap_bytes: capBytes };
}

function usageJson(usage: Omit<LeaseUsage, 'limitBytes'>): UsageJson {
  return {
    orig_data_size: usage.origDataBytes,
    compr_data_size: usage.comprDataBytes,
    mem_used_total: usage.memUsedBytes,
    same_pages: usage.samePages,
    huge_pages: usage.hugePages,
    stored_pages: usage.storedPages,
    num_reads: usage.reads,
    num_writes: usage.writes,
    failed_reads: usage.failedReads,
    failed_writes: usage.failedWrites,
    trimmed_pages: usage.trimmedPages,
    behind_pages: usage.behindPages,
    fetched_pages: usage.fetchedPages,
    written_behind_pages: usage.writtenBehindPages,
    clean_leavings: usage.cleanLeavings,
  };
}

function attachmentJson({ definition }: LeaseState, facts: DaemonFacts): AttachmentJson {
  const { listen } = facts;
  const { tls, tcpKeys, fullError } = facts.settings;
  const exportName = exportNameOf({ kind: tcpKind(listen?.host ?? '', tcpKeys) }, definition);
  const hasCertificates = tls?.paths?.clientCa != null;
  const address = listen === null ? null : reachable(listen, facts.hostName);
  const attachment: Attachment = attachmentOf({
    name: definition.name,
    socketPath: facts.socketPath(definition.name),
    fullError,
    tcp: address === null || tls?.mode === 'required' ? null : { ...address, exportName },
    tls:
      address === null || tls === null
        ? null
        : tlsFactsOf(definition, address, tls.hasPsk && !hasCertificates, hasCertificates),
  });
  return {
    qemu_arguments: attachment.qemuArguments,
    qemu: attachment.qemu,
    libvirt_xml: attachment.libvirtXml,
    nbd_client: attachment.nbdClient,
    nbd_client_tcp: attachment.nbdClientTcp,
    swapon: attachment.swapon,
    tcp_export: listen === null ? null : exportName,
    qemu_tls: attachment.qemuTls,
    tls_psk: tls?.hasPsk === true ? `${definition.name}:${pskOf(definition)}` : null,
  };
}

/** A client that proves who it is names the lease; one that does not must have its key. */
function tlsFactsOf(
  { name, key }: LeaseState['definition'],
  address: TcpAddress,
  isPsk: boolean,
  hasCertificates: boolean,
): AttachmentFacts['tls'] {
  const isAnonymous = !isPsk && !hasCertificates;
  return { ...address, isPsk, exportName: isAnonymous ? `${name}/${key}` : name };
}

/** An address that a guest can use: one that stands for all of the host's is none. */
function reachable({ host, port }: TcpAddress, hostName: string): TcpAddress {
  return { host: isWildcard(host) ? hostName : host, port };
}
