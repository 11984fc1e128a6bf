// The files that the build job compiles: the kernel's own memory management, of Linux 6.1 and
// later, by what they cost natively with Debian 12's compiler (gcc 12, measured: CPU seconds and
// the compiler's largest resident memory).

/**
 * `full`: 1 to 3 s and 87 to 117 MB each. `light`, for emulated guests: 0.3 to 1 s and 57 to 81 MB.
 */
export const jobFiles = {
  full: [
    'mm/shmem.c',
    'mm/swapfile.c',
    'mm/mmap.c',
    'mm/migrate.c',
    'mm/rmap.c',
    'mm/compaction.c',
    'mm/vmalloc.c',
    'mm/filemap.c',
    'mm/slub.c',
    'mm/memory.c',
    'mm/huge_memory.c',
    'mm/hugetlb.c',
    'mm/page_alloc.c',
  ],
  light: ['mm/mempool.c', 'mm/interval_tree.c', 'mm/dmapool.c', 'mm/util.c', 'mm/swap.c'],
} as const;

export type JobWeight = keyof typeof jobFiles;

/** What Debian's build of the kernel compiles and preprocesses all files with. */
export const kernelFlags = [
  '-std=gnu11',
  '-fshort-wchar',
  '-mno-sse',
  '-mno-mmx',
  '-mno-sse2',
  '-mno-3dnow',
  '-mno-avx',
  '-m64',
  '-mno-80387',
  '-mno-red-zone',
  '-mcmodel=kernel',
  '-mpreferred-stack-boundary=3',
  '-fno-asynchronous-unwind-tables',
  '-fno-strict-aliasing',
  '-fno-common',
  '-fno-PIE',
  '-O2',
  '-w',
] as const;

/** The name of a file once it is preprocessed: `mm_shmem.i`. */
export function preprocessedName(source: string): string {
  return source.replaceAll('/', '_').replace(/\.c$/, '.i');
}
