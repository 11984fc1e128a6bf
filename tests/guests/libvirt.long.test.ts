// libvirt's guests: its QEMU is started as the guide says and attaches the lease. The domains have
// no system to run.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, type TestContext, test } from 'vitest';
import { needs } from '../interop/clients.ts';
import { type Lender, startLender } from '../lender/daemon.ts';
import { GUIDE_STATE_DIR, LEASE } from './attachments.ts';
import { guideBlock } from './guide.ts';
import { temporaryFolder } from './stage.ts';

const MINUTES = 60_000;
const NAMESPACE = "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'";

function needsLibvirt(context: TestContext): void {
  needs(context, 'virt-qemu-run', 'libvirt-daemon-driver-qemu');
  needs(context, 'qemu-system-x86_64', 'qemu-system-x86');
  try {
    execFileSync('getent', ['passwd', 'libvirt-qemu']);
    execFileSync('getent', ['group', 'libvirt-qemu']);
  } catch {
    context.skip('needs the user libvirt-qemu (apt-get install -y libvirt-daemon-system)');
  }
}

/** Of the machine's libvirt: major × 1000 + minor. */
function libvirtVersion(): number {
  const said = execFileSync('libvirtd', ['--version'], { encoding: 'utf8' });
  const [, major = '0', minor = '0'] = / (\d+)\.(\d+)\.\d+/.exec(said) ?? [];
  return Number(major) * 1000 + Number(minor);
}

/** Runs a domain until QEMU is attached to the lease; what libvirt logged of it. */
async function runDomain(lender: Lender, devices: string, more: string): Promise<string> {
  const folder = temporaryFolder();
  const root = join(folder, 'root');
  mkdirSync(join(root, 'etc'), { recursive: true });
  // QEMU as who runs the tests, and nothing that needs a system's libvirt.
  const settings = [
    ...(process.getuid?.() === 0 ? ['user = "root"', 'group = "root"'] : []),
    ...['security_driver = "none"', 'namespaces = []', 'cgroup_controllers = []'],
    ...['remember_owner = 0', 'stdio_handler = "file"'],
  ];
  writeFileSync(join(root, 'etc', 'qemu.conf'), `${settings.join('\n')}\n`);
  const file = join(folder, 'web.xml');
  writeFileSync(
    file,
    `<domain type='qemu' ${NAMESPACE}><name>web</name><memory unit='MiB'>64</memory>` +
      "<os><type arch='x86_64' machine='q35'>hvm</type></os>" +
      `<devices>${devices}</devices>${more}</domain>`,
  );
  const child = spawn('virt-qemu-run', ['-r', root, file], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await exited;
  });
  while (lender.figures(LEASE).connections === 0) {
    if (child.exitCode !== null) throw new Error(`virt-qemu-run ended: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return readFileSync(join(root, 'log', 'qemu', 'web.log'), 'utf8');
}

test(
  "flags that are handed through reach libvirt's QEMU",
  async (context) => {
    needsLibvirt(context);
    const lender = await startLender({ leases: { [LEASE]: '64MiB' } });
    const places = { [GUIDE_STATE_DIR]: lender.stateDir };
    const block = guideBlock('libvirt.md#commandline', places);
    const log = await runDomain(lender, '', block);
    const words = [...block.matchAll(/value='([^']+)'/g)].map(([, word]) => word!);
    expect(words).toHaveLength(4);
    for (const word of words) expect(log).toContain(word);
  },
  5 * MINUTES,
);

test(
  "libvirt's own XML of the disk",
  async (context) => {
    needsLibvirt(context);
    const lender = await startLender({ leases: { [LEASE]: '64MiB' } });
    const block = guideBlock('libvirt.md#disk', { [GUIDE_STATE_DIR]: lender.stateDir });
    const log = await runDomain(lender, block, '');
    const isNew = libvirtVersion() > 9000;
    expect(/"reconnect-delay":60/.test(log), 'libvirt 9.0 and older drop it').toBe(isNew);
  },
  5 * MINUTES,
);
