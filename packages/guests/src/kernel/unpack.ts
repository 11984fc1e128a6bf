// The kernel inside a bzImage. QEMU enters an unpacked x86 kernel directly (by its PVH note);
// unpacking in an emulated guest would take seconds of every boot. Where the program that unpacks
// it is not installed, the packed one boots as well, only slower.
// Layout: Documentation/arch/x86/boot.rst of the kernel, fields setup_sects, header,
// payload_offset and payload_length.

import { gunzipSync } from 'node:zlib';
import { GuestError } from '../errors.ts';
import { findProgram } from '../needs.ts';
import { runProgram } from '../processes.ts';

type ProgramFinder = (program: string) => string | null;

const elfMagic = 0x464c457f;
const headerMagic = 0x53726448;

/** The frame that kernels are packed in by LZ4, the one before the format had its name. */
const lz4LegacyMagic = 0x184c2102;

/** An unpacked kernel of the one given; itself if it is not packed, or cannot be unpacked here. */
export async function unpackKernel(
  image: Buffer,
  name: string,
  find: ProgramFinder = findProgram,
): Promise<Buffer> {
  if (image.length > 4 && image.readUInt32LE(0) === elfMagic) return image;
  if (image.length < 0x260 || image.readUInt32LE(0x202) !== headerMagic) {
    throw new GuestError('GUEST_KERNEL', `${name} is neither an ELF file nor a bzImage`);
  }
  const setupBytes = (image[0x1f1]! + 1) * 512;
  const start = setupBytes + image.readUInt32LE(0x248);
  const payload = image.subarray(start, start + image.readUInt32LE(0x24c));
  // The build appends the unpacked size to the payload, whatever packs it.
  const bytes = payload.readUInt32LE(payload.length - 4);
  const kernel = await unpackPayload({ payload, bytes, name, find });
  if (kernel === null) return image;
  if (kernel.length < 4 || kernel.readUInt32LE(0) !== elfMagic) {
    throw new GuestError('GUEST_KERNEL', `what is packed in ${name} is not an ELF file`);
  }
  return kernel;
}

interface Packed {
  readonly payload: Buffer;
  /** How many bytes come out. */
  readonly bytes: number;
  readonly name: string;
  readonly find: ProgramFinder;
}

/** Null where the program for it is not installed. */
async function unpackPayload(packed: Packed): Promise<Buffer | null> {
  const { payload, name } = packed;
  const magic = payload.readUInt32LE(0);
  if (magic === lz4LegacyMagic) return unpackBy('lz4', packed);
  if ((magic & 0xffff) === 0x8b1f) return gunzipSync(payload.subarray(0, -4));
  if (magic === 0x587a37fd) return unpackBy('xz', packed);
  if (magic === 0xfd2fb528) return unpackBy('zstd', packed);
  const hex = magic.toString(16).padStart(8, '0');
  throw new GuestError(
    'GUEST_KERNEL',
    `${name} is packed in a way that is not known here (0x${hex}); unpack it and give the ELF file`,
  );
}

async function unpackBy(
  program: 'lz4' | 'xz' | 'zstd',
  { payload, bytes, name, find }: Packed,
): Promise<Buffer | null> {
  const path = find(program);
  if (path === null) return null;
  const { stdout, stderr } = await runProgram(path, ['-dcq'], { input: payload.subarray(0, -4) });
  // What follows a stream may be taken for damage after all was unpacked: the size that the build
  // noted tells, not the status.
  if (stdout.length === bytes) return stdout;
  throw new GuestError(
    'GUEST_KERNEL',
    `${program} unpacks ${stdout.length} of ${bytes} bytes of ${name}: ${stderr.trim()}`,
  );
}
