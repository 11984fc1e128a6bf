// The lines that attach a lease, word by word; QEMU itself reads its own where it is installed.

import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { attachmentOf } from '../src/attachment.ts';

const facts = {
  name: 'web',
  socketPath: '/run/pagelend/leases/web.sock',
  fullError: 'EIO',
  tcp: { host: '192.0.2.1', port: 10_809, exportName: 'web/k3y' },
  tls: null,
} as const;

describe('attachment', () => {
  test('QEMU', () => {
    expect(attachmentOf(facts).qemu).toBe(
      '-blockdev driver=nbd,node-name=pagelend-web,server.type=unix,' +
        'server.path=/run/pagelend/leases/web.sock,export=web,reconnect-delay=60,discard=unmap \\\n' +
        '-device virtio-blk-pci,drive=pagelend-web,serial=pagelend-web,discard=on,write-zeroes=on,' +
        'logical_block_size=4096,physical_block_size=4096,werror=report,rerror=report',
    );
    const pausing = attachmentOf({ ...facts, fullError: 'ENOSPC' });
    expect(pausing.qemu).toContain('werror=enospc');
    expect(pausing.libvirtXml).toContain("error_policy='enospace'");
  });

  test('libvirt', () => {
    expect(attachmentOf(facts).libvirtXml.split('\n')).toEqual([
      "<disk type='network' device='disk'>",
      "  <driver name='qemu' type='raw' cache='none' discard='unmap' error_policy='report' rerror_policy='report'/>",
      "  <source protocol='nbd' name='web'>",
      "    <host transport='unix' socket='/run/pagelend/leases/web.sock'/>",
      "    <reconnect delay='60'/>",
      '  </source>',
      "  <blockio logical_block_size='4096' physical_block_size='4096'/>",
      '  <serial>pagelend-web</serial>',
      "  <target dev='vdz' bus='virtio'/>",
      '</disk>',
    ]);
  });

  test('nbd-client and swapon', () => {
    const { nbdClient, nbdClientTcp, swapon } = attachmentOf(facts);
    const after = 'mkswap /dev/nbd0\nswapon --discard=pages --priority 100 /dev/nbd0';
    expect(nbdClient).toBe(
      `modprobe nbd\nsysctl -w vm.min_free_kbytes=16384\nnbd-client -unix /run/pagelend/leases/web.sock /dev/nbd0 -name web -block-size 4096 -persist -swap\n${after}`,
    );
    expect(nbdClientTcp).toBe(
      `modprobe nbd\nsysctl -w vm.min_free_kbytes=16384\nnbd-client 192.0.2.1 10809 /dev/nbd0 -name web/k3y -block-size 4096 -persist -swap\n${after}`,
    );
    expect(swapon).toBe(
      'echo 0 > /sys/block/"$(basename "$(readlink -f /dev/disk/by-id/virtio-pagelend-web)")"/queue/rotational\n' +
        'mkswap /dev/disk/by-id/virtio-pagelend-web\n' +
        'swapon --discard=pages --priority 100 /dev/disk/by-id/virtio-pagelend-web',
    );
    expect(attachmentOf({ ...facts, tcp: null }).nbdClientTcp).toBeNull();
  });

  test('paths that shells, QEMU and XML would misread', () => {
    const odd = attachmentOf({ ...facts, socketPath: "/tmp/a, b'<&/w.sock" });
    expect(odd.qemu).toContain(`server.path=/tmp/a,, b'\\''<&/w.sock`);
    expect(odd.nbdClient).toContain(`-unix '/tmp/a, b'\\''<&/w.sock' /dev/nbd0`);
    expect(odd.libvirtXml).toContain("socket='/tmp/a, b&apos;&lt;&amp;/w.sock'");
  });

  test('leases with long names that begin alike are told apart', () => {
    const names = [
      'database-of-the-shop',
      'database-of-the-shop-of-books-and-of-maps',
      'd'.repeat(64),
    ];
    const all = [...names, 'database-of-the-shop-of-books-and-of-records'].map((name) => {
      const { qemu, libvirtXml, swapon } = attachmentOf({ ...facts, name });
      const node = /node-name=([A-Za-z][A-Za-z0-9._-]{0,30}),/.exec(qemu)![1]!;
      const serial = /serial=([A-Za-z0-9._-]{1,20}),/.exec(qemu)![1]!;
      expect(qemu).toContain(`drive=${node},`);
      expect(libvirtXml).toContain(`<serial>${serial}</serial>`);
      expect(swapon).toContain(`/dev/disk/by-id/virtio-${serial}\n`);
      return { node, serial };
    });
    expect(new Set(all.map(({ node }) => node)).size).toBe(4);
    expect(new Set(all.map(({ serial }) => serial)).size).toBe(4);
    expect(all[0]!.node).toBe('pagelend-database-of-the-shop');
  });

  const hasQemu = spawnSync('qemu-system-x86_64', ['--version']).status === 0;
  test.skipIf(!hasQemu)('QEMU takes its words [skipped where QEMU is absent]', () => {
    const args = attachmentOf({ ...facts, socketPath: '/nonexistent/w.sock' }).qemuArguments;
    const machine = ['-machine', 'q35', '-nodefaults', '-display', 'none', '-S'];
    // It comes as far as the socket, past all options of the block device.
    const ran = spawnSync('qemu-system-x86_64', [...machine, ...args], { timeout: 20_000 });
    expect(String(ran.stderr)).toMatch(/Failed to connect.*w\.sock/);
    // The device's words, with a disk that is there.
    const disk = ['-blockdev', 'driver=null-co,node-name=pagelend-web,size=1048576'];
    const device = [...args.slice(2), '-monitor', 'stdio'];
    const whole = spawnSync('qemu-system-x86_64', [...machine, ...disk, ...device], {
      input: 'quit\n',
      timeout: 20_000,
    });
    expect({ status: whole.status, stderr: String(whole.stderr) }).toEqual({
      status: 0,
      stderr: '',
    });
  });
});
