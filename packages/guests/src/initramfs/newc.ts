// Writes the archive that the kernel unpacks as its first file system: cpio's "newc" format
// (Documentation/driver-api/early-userspace/buffer-format.rst). Not every machine has cpio.

/** One entry; parents come before what lies in them. */
export type ArchiveEntry =
  | { readonly kind: 'folder'; readonly path: string }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly bytes: Uint8Array;
      readonly canExecute: boolean;
    }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'device';
      readonly path: string;
      readonly major: number;
      readonly minor: number;
    };

const folderMode = 0o040755;
const fileMode = 0o100644;
const programMode = 0o100755;
const linkMode = 0o120777;
const deviceMode = 0o020600;

/** The archive of these entries; paths without a leading slash. */
export function newcArchive(entries: readonly ArchiveEntry[]): Buffer {
  const parts: Buffer[] = [];
  for (const [index, entry] of entries.entries()) {
    const data = dataOf(entry);
    const device = entry.kind === 'device' ? entry : { major: 0, minor: 0 };
    parts.push(
      header(index + 1, modeOf(entry), data.length, device, entry.path),
      padded(Buffer.from(data.buffer, data.byteOffset, data.length)),
    );
  }
  parts.push(header(0, 0, 0, { major: 0, minor: 0 }, 'TRAILER!!!'));
  return Buffer.concat(parts);
}

function header(
  inode: number,
  mode: number,
  bytes: number,
  device: { readonly major: number; readonly minor: number },
  path: string,
): Buffer {
  const name = Buffer.from(`${path}\0`);
  // ino, mode, uid, gid, nlink, mtime, filesize, the file system's device, the entry's device,
  // namesize, check.
  const { major, minor } = device;
  const fields = [inode, mode, 0, 0, 1, 0, bytes, 0, 0, major, minor, name.length, 0];
  const hex = fields.map((field) => field.toString(16).padStart(8, '0')).join('');
  return padded(Buffer.concat([Buffer.from(`070701${hex}`), name]));
}

function modeOf(entry: ArchiveEntry): number {
  if (entry.kind === 'folder') return folderMode;
  if (entry.kind === 'link') return linkMode;
  if (entry.kind === 'device') return deviceMode;
  return entry.canExecute ? programMode : fileMode;
}

function dataOf(entry: ArchiveEntry): Uint8Array {
  if (entry.kind === 'file') return entry.bytes;
  return entry.kind === 'link' ? Buffer.from(entry.target) : new Uint8Array(0);
}

/** Header with name, and data, each end at a multiple of four bytes. */
function padded(bytes: Buffer): Buffer {
  const rest = bytes.length % 4;
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(4 - rest)]);
}
