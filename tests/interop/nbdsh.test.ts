// libnbd from Python with its own checks off: requests that a well-behaved client would not send get
// the error that the protocol names, and the session goes on.

import { beforeAll, expect, test } from 'vitest';
import { type Lender, startLender } from '../lender/daemon.ts';
import { mustRun, needsPython, PYTHON } from './clients.ts';

const SIZE = 2 ** 20;
let lender: Lender;

beforeAll(async () => {
  lender = await startLender({ leases: { guest: String(SIZE) } });
});

/** Runs Python with `h`, a connected handle without strictness, and `fails`, which returns errno. */
function python(script: string): Promise<string> {
  const head = `
import errno, nbd
h = nbd.NBD()
h.add_meta_context('base:allocation')
h.connect_uri('${lender.uri('guest')}')
h.set_strict_mode(0)
def fails(call, *arguments):
    try:
        call(*arguments)
    except nbd.Error as error:
        return error.errno
    return 'no error'
page = bytes(range(256)) * 16
`;
  const tail = `
h.pwrite(page, 4096)
assert h.pread(4096, 4096) == page, 'the session is of no more use'
h.shutdown()
print('served to the end')
`;
  return mustRun(PYTHON, ['-'], head + script + tail);
}

const cases: Readonly<Record<string, string>> = {
  'a read past the end': `assert fails(h.pread, 4096, ${SIZE}) == 'EINVAL'`,
  'a read over the end': `assert fails(h.pread, 4097, ${SIZE - 4096}) == 'EINVAL'`,
  'a read of nothing': `r = fails(h.pread, 0, 0); assert r in ('EINVAL', 'no error'), r`,
  'a write past the end': `assert fails(h.pwrite, page, ${SIZE}) in ('ENOSPC', 'EINVAL')`,
  'a write over the end': `assert fails(h.pwrite, page, ${SIZE - 1}) in ('ENOSPC', 'EINVAL')`,
  'a trim past the end': `assert fails(h.trim, 4096, ${SIZE}) == 'EINVAL'`,
  'zeroes past the end': `assert fails(h.zero, 4096, ${SIZE}) in ('ENOSPC', 'EINVAL')`,
  'a cache past the end': `assert fails(h.cache, 4096, ${SIZE}) == 'EINVAL'`,
  'an offset near 2^63': `assert fails(h.pread, 4096, 2**63 - 4096) == 'EINVAL'`,
  'an offset that wraps': `assert fails(h.trim, 2**32 - 1, 2**64 - 4096 - 2**63) == 'EINVAL'`,
  'flags that are none': `assert fails(h.pread, 4096, 0, 1 << 14) in ('EINVAL', 'no error')`,
  'a fast zero that is unknown': `r = fails(h.zero, 4096, 0, nbd.CMD_FLAG_FAST_ZERO); assert r in ('ENOTSUP', 'no error'), r`,
  'a status of nothing': `r = fails(h.block_status, 0, 0, lambda *a: 0); assert r in ('EINVAL', 'no error'), r`,
  'a status past the end': `assert fails(h.block_status, 4096, ${SIZE}, lambda *a: 0) == 'EINVAL'`,
};

for (const [what, script] of Object.entries(cases)) {
  test(what, async (context) => {
    needsPython(context, 'nbd', 'python3-libnbd');
    expect(await python(script)).toBe('served to the end\n');
  });
}

test('unaligned writes, trims, zeroes and reads', async (context) => {
  needsPython(context, 'nbd', 'python3-libnbd');
  const script = `
h.pwrite(b'x' * 10000, 4000)
assert h.pread(10002, 3999) == b'\\0' + b'x' * 10000 + b'\\0'
h.zero(3000, 5000)
assert h.pread(3002, 4999) == b'x' + b'\\0' * 3000 + b'x'
h.trim(4096, 8192)
assert h.pread(4096, 8192) == b'\\0' * 4096
h.zero(4096, 16384, nbd.CMD_FLAG_NO_HOLE)
assert h.pread(4096, 16384) == b'\\0' * 4096
h.pwrite(b'y', ${SIZE - 1}, nbd.CMD_FLAG_FUA)
assert h.pread(1, ${SIZE - 1}) == b'y'
h.flush()
h.cache(65536, 0)
`;
  expect(await python(script)).toBe('served to the end\n');
});

test('many reads and writes in flight', async (context) => {
  needsPython(context, 'nbd', 'python3-libnbd');
  const script = `
buffers = [nbd.Buffer.from_bytearray(bytearray(bytes([i]) * 8192)) for i in range(64)]
for i, buffer in enumerate(buffers):
    h.aio_pwrite(buffer, i * 8192)
while h.aio_in_flight() > 0:
    h.poll(-1)
got = [nbd.Buffer(8192) for _ in range(64)]
for i, buffer in enumerate(got):
    h.aio_pread(buffer, i * 8192)
while h.aio_in_flight() > 0:
    h.poll(-1)
for i, buffer in enumerate(got):
    assert buffer.to_bytearray() == bytes([i]) * 8192, i
`;
  expect(await python(script)).toBe('served to the end\n');
});

test('with every handshake that libnbd can be made to use', async (context) => {
  needsPython(context, 'nbd', 'python3-libnbd');
  const script = `
for structured in (True, False):
    for export in (True, False):
        for flags in (0, nbd.HANDSHAKE_FLAG_FIXED_NEWSTYLE, nbd.HANDSHAKE_FLAG_MASK):
            other = nbd.NBD()
            other.set_request_structured_replies(structured)
            other.set_opt_mode(False)
            other.set_handshake_flags(flags)
            if export:
                other.add_meta_context('base:allocation')
                other.add_meta_context('qemu:dirty-bitmap:none')
            other.connect_uri('${lender.uri('guest')}')
            assert other.get_size() == ${SIZE}
            assert len(other.pread(4096, 0)) == 4096
            other.shutdown()
`;
  expect(await python(script)).toBe('served to the end\n');
});
