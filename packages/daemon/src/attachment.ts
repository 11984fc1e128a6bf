// How a lease is attached, ready to paste: QEMU, libvirt, the kernel's NBD client, and what the
// guest does then. Pure text.

import { createHash } from 'node:crypto';
import type { FullError } from './contract.ts';

export interface AttachmentFacts {
  readonly name: string;
  readonly socketPath: string;
  readonly fullError: FullError;
  /** Where a guest's kernel reaches it over TCP; null if the lender does not listen there. */
  readonly tcp: {
    readonly host: string;
    readonly port: number;
    readonly exportName: string;
  } | null;
  /** Where QEMU reaches it over TLS; null if the lender does not offer that. */
  readonly tls: {
    readonly host: string;
    readonly port: number;
    readonly exportName: string;
    /** Whether the guest proves itself by the lease's pre-shared key, not by a certificate. */
    readonly isPsk: boolean;
  } | null;
}

export interface Attachment {
  /** Arguments of qemu-system-…; each pair is one line of `qemu` below. */
  readonly qemuArguments: readonly string[];
  readonly qemu: string;
  readonly libvirtXml: string;
  /** On this machine, over the unix socket. */
  readonly nbdClient: string;
  readonly nbdClientTcp: string | null;
  /** From another machine: the flags of `qemu` with TLS, and DIR where the client's files are. */
  readonly qemuTls: string | null;
  /** In the guest, by the device that it then has. */
  readonly swapon: string;
}

/** How long QEMU holds requests for a lender that is away; afterwards the guest gets errors. */
const RECONNECT_S = 60;
/** Virtio has room for so many characters. */
const SERIAL_CHARACTERS_MAX = 20;
/** QEMU takes so many for a node. */
const NODE_CHARACTERS_MAX = 31;
const HASH_DIGITS = 6;
/** QEMU's name for the client's files; one for all leases of a guest. */
const TLS_ID = 'pagelend-tls';
const BLOCK_BYTES = 4096;
const SWAP_PRIORITY = 100;
const MIN_FREE_KIB = 16_384;

export function attachmentOf(facts: AttachmentFacts): Attachment {
  const qemuArguments = qemuArgumentsOf(facts);
  const serial = leaseText(facts.name, SERIAL_CHARACTERS_MAX);
  const { tcp, tls } = facts;
  return {
    qemuArguments,
    qemu: lines(qemuArguments),
    qemuTls: tls === null ? null : lines(qemuTlsArgumentsOf(facts, tls)),
    libvirtXml: libvirtXml(facts),
    nbdClient: nbdClient(['-unix', facts.socketPath], facts.name),
    nbdClientTcp: tcp === null ? null : nbdClient([tcp.host, String(tcp.port)], tcp.exportName),
    swapon: swaponDisk(`/dev/disk/by-id/virtio-${serial}`),
  };
}

/**
 * The disk's device answers errors to the guest (`report`) rather than pausing it, unless the
 * lender was set to say ENOSPC, which is done to have QEMU pause the guest. Zeroes are found by the
 * lender (and by newer guests), so QEMU need not look for them.
 */
function qemuArgumentsOf(facts: AttachmentFacts): string[] {
  const { name, socketPath } = facts;
  return diskArguments(facts, [
    'server.type=unix',
    `server.path=${optionText(socketPath)}`,
    `export=${name}`,
  ]);
}

function qemuTlsArgumentsOf(
  facts: AttachmentFacts,
  { host, port, exportName, isPsk }: NonNullable<AttachmentFacts['tls']>,
): string[] {
  const proof = isPsk ? ['tls-creds-psk', `username=${facts.name}`] : ['tls-creds-x509'];
  const [type, ...rest] = proof;
  const object = [type, `id=${TLS_ID}`, 'dir=DIR', 'endpoint=client', ...rest];
  const disk = diskArguments(facts, [
    'server.type=inet',
    `server.host=${host}`,
    `server.port=${port}`,
    `export=${exportName}`,
    `tls-creds=${TLS_ID}`,
  ]);
  return ['-object', object.join(','), ...disk];
}

function diskArguments({ name, fullError }: AttachmentFacts, server: readonly string[]): string[] {
  const node = leaseText(name, NODE_CHARACTERS_MAX);
  const blockdev = [
    'driver=nbd',
    `node-name=${node}`,
    ...server,
    `reconnect-delay=${RECONNECT_S}`,
    'discard=unmap',
  ];
  const device = [
    'virtio-blk-pci',
    `drive=${node}`,
    `serial=${leaseText(name, SERIAL_CHARACTERS_MAX)}`,
    'discard=on',
    'write-zeroes=on',
    `logical_block_size=${BLOCK_BYTES}`,
    `physical_block_size=${BLOCK_BYTES}`,
    `werror=${fullError === 'ENOSPC' ? 'enospc' : 'report'}`,
    'rerror=report',
  ];
  return ['-blockdev', blockdev.join(','), '-device', device.join(',')];
}

function libvirtXml({ name, socketPath, fullError }: AttachmentFacts): string {
  const policy = fullError === 'ENOSPC' ? 'enospace' : 'report';
  return [
    "<disk type='network' device='disk'>",
    `  <driver name='qemu' type='raw' cache='none' discard='unmap' error_policy='${policy}' rerror_policy='report'/>`,
    `  <source protocol='nbd' name='${xmlText(name)}'>`,
    `    <host transport='unix' socket='${xmlText(socketPath)}'/>`,
    `    <reconnect delay='${RECONNECT_S}'/>`,
    '  </source>',
    `  <blockio logical_block_size='${BLOCK_BYTES}' physical_block_size='${BLOCK_BYTES}'/>`,
    `  <serial>${xmlText(leaseText(name, SERIAL_CHARACTERS_MAX))}</serial>`,
    "  <target dev='vdz' bus='virtio'/>",
    '</disk>',
  ].join('\n');
}

function nbdClient(server: readonly string[], exportName: string): string {
  const words = ['nbd-client', ...server, '/dev/nbd0', '-name', exportName];
  return [
    'modprobe nbd',
    // Sending a page takes memory, which the kernel must still have when it runs short of it.
    `sysctl -w vm.min_free_kbytes=${MIN_FREE_KIB}`,
    shellLine([...words, '-block-size', String(BLOCK_BYTES), '-persist', '-swap']),
    swapon('/dev/nbd0'),
  ].join('\n');
}

function swapon(device: string): string {
  return `mkswap ${device}\nswapon --discard=pages --priority ${SWAP_PRIORITY} ${device}`;
}

/**
 * Linux takes a virtio disk to be one that turns, and frees the slots of such a disk without
 * discarding them, whatever swapon was told: so it is told otherwise before.
 */
function swaponDisk(device: string): string {
  const block = `"$(basename "$(readlink -f ${device})")"`;
  return `echo 0 > /sys/block/${block}/queue/rotational\n${swapon(device)}`;
}

/**
 * The lease among a guest's disks and QEMU's nodes. The names of two leases may be the same as far as
 * there is room: then a hash tells them apart.
 */
function leaseText(name: string, charactersMax: number): string {
  const text = `pagelend-${name}`;
  if (text.length <= charactersMax) return text;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_DIGITS);
  return `${text.slice(0, charactersMax - HASH_DIGITS - 1)}-${hash}`;
}

/** A value in QEMU's options: a comma is written twice. */
function optionText(text: string): string {
  return text.replaceAll(',', ',,');
}

function xmlText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll("'", '&apos;')
    .replaceAll('"', '&quot;');
}

/** Words as a shell takes them. */
function shellLine(words: readonly string[]): string {
  return words
    .map((word) =>
      /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`,
    )
    .join(' ');
}

/** A pair of words a line, for pasting into a shell. */
function lines(words: readonly string[]): string {
  return pairs(words).map(shellLine).join(' \\\n');
}

function pairs(words: readonly string[]): string[][] {
  return words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1]!]] : []));
}
