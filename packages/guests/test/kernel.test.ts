// Kernels: what they are packed in, and the order that their modules load in.

import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { moduleInfo, modulesInOrder } from '../src/kernel/modules.ts';
import { unpackKernel } from '../src/kernel/unpack.ts';
import { findProgram } from '../src/needs.ts';

describe('unpackKernel', () => {
  const elf = Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(5000, 7)]);

  function bzImage(payload: Buffer): Buffer {
    const image = Buffer.alloc(1024 + 16);
    image[0x1f1] = 1;
    image.writeUInt32LE(0x53726448, 0x202);
    image.writeUInt32LE(16, 0x248);
    image.writeUInt32LE(payload.length, 0x24c);
    return Buffer.concat([image, payload, Buffer.alloc(100)]);
  }

  it('finds what is packed in a bzImage', async () => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(elf.length);
    const image = bzImage(Buffer.concat([gzipSync(elf), size]));
    expect((await unpackKernel(image, 'image')).equals(elf)).toBe(true);
  });

  it.skipIf(findProgram('lz4') === null)('has lz4 unpack, and checks the size', async () => {
    const packed = execFileSync('lz4', ['-lzcq'], { input: elf });
    const size = Buffer.alloc(4);
    size.writeUInt32LE(elf.length);
    const image = bzImage(Buffer.concat([packed, size]));
    expect((await unpackKernel(image, 'image')).equals(elf)).toBe(true);
    size.writeUInt32LE(elf.length + 1);
    const wrong = bzImage(Buffer.concat([packed, size]));
    await expect(unpackKernel(wrong, 'image')).rejects.toThrow(
      /lz4 unpacks \d+ of \d+ bytes of image/,
    );
  });

  it('boots the packed one where no program unpacks it', async () => {
    const image = bzImage(Buffer.concat([Buffer.from([0x02, 0x21, 0x4c, 0x18]), Buffer.alloc(9)]));
    expect(await unpackKernel(image, 'image', () => null)).toBe(image);
  });

  it('leaves an unpacked kernel as it is, and refuses what is none', async () => {
    expect(await unpackKernel(elf, 'image')).toBe(elf);
    await expect(unpackKernel(Buffer.alloc(9000), 'image')).rejects.toThrow(
      expect.objectContaining({ code: 'GUEST_KERNEL' }),
    );
    await expect(unpackKernel(bzImage(Buffer.alloc(64, 9)), 'image')).rejects.toThrow(
      /image is packed in a way that is not known here \(0x09090909\)/,
    );
  });
});

describe('modulesInOrder', () => {
  let folder = '';

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pagelend-modules-'));
    await mkdir(join(folder, 'kernel/deep'), { recursive: true });
    await writeFile(join(folder, 'modules.builtin'), 'kernel/lib/crc-thing.ko\n');
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function addModule(name: string, info: string): Promise<void> {
    const bytes = Buffer.from(`\x7fELF code\0license=GPL\0${info}\0name=${name}\0`);
    await writeFile(join(folder, 'kernel/deep', `${name}.ko`), bytes);
  }

  it('puts each module after what it depends on, once', async () => {
    await addModule('disk-driver', 'depends=bus,ring\0alias=virtio:d2\0alias=block-thing');
    await addModule('bus', 'depends=ring,crc_thing');
    await addModule('ring', 'depends=');
    await addModule('net', 'depends=ring\0softdep=pre: bus not-there post: disk-driver');
    const found = await modulesInOrder(folder, ['disk-driver', 'net', 'crc-thing']);
    expect(found.map(({ name }) => name)).toEqual(['ring', 'bus', 'disk_driver', 'net']);
    expect(found[2]).toMatchObject({
      depends: ['bus', 'ring'],
      aliases: ['virtio:d2', 'block-thing'],
    });
  });

  it('says which module is nowhere', async () => {
    await addModule('one', 'depends=two');
    await expect(modulesInOrder(folder, ['one'])).rejects.toThrow(`${folder} has no module two`);
  });

  it('reads only whole words for keys', () => {
    const info = moduleInfo(Buffer.from('\0parmdepends=x\0depends=a\0softdep=post: late\0'));
    expect(info).toEqual({ depends: ['a'], softBefore: [], aliases: [] });
  });
});
