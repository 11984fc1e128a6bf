// Preloaded into user-mode Linux 6.1 on processors with AMX. That kernel keeps the extended
// registers of its processes in a buffer of 2696 bytes, which ends before the AMX tiles (11008
// bytes with them). The host fills a short buffer gladly when it is read (PTRACE_GETREGSET), but
// takes only a whole one back (PTRACE_SETREGSET), and the first process dies. Here a short buffer
// is completed from the registers that the process has at that moment before it is set.

#define _GNU_SOURCE
#include <cpuid.h>
#include <elf.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// Where the 64 bits stand that tell which components the buffer holds, in the standard format.
#define PRESENT_AT 512
// The fixed part and the header: nothing shorter is a state that could be completed.
#define HEADER_END 576
#define STATE_BYTES_MAX 65536

// User-mode Linux runs its kernel on one thread and does not preempt it, so that one buffer does;
// its kernel stacks of 16 KiB have no room for one.
static unsigned char state[STATE_BYTES_MAX] __attribute__((aligned(64)));

// The components that do not lie wholly within the first `bytes` of the state.
static uint64_t components_beyond(size_t bytes) {
  static size_t known_bytes;
  static uint64_t known;
  if (known_bytes == bytes) return known;
  uint64_t beyond = 0;
  for (unsigned component = 2; component < 63; component++) {
    unsigned size, offset, flags, reserved;
    __cpuid_count(0xd, component, size, offset, flags, reserved);
    if (size > 0 && (size_t)offset + size > bytes) beyond |= UINT64_C(1) << component;
  }
  known_bytes = bytes;
  known = beyond;
  return beyond;
}

static long set_registers(long pid, struct iovec *given) {
  struct iovec whole = {.iov_base = state, .iov_len = sizeof state};
  long result = syscall(SYS_ptrace, PTRACE_GETREGSET, pid, (void *)NT_X86_XSTATE, &whole);
  if (result < 0) return result;
  if (given->iov_len < HEADER_END || given->iov_len >= whole.iov_len) {
    return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, (void *)NT_X86_XSTATE, given);
  }
  uint64_t beyond = components_beyond(given->iov_len);
  uint64_t now, wanted;
  memcpy(&now, state + PRESENT_AT, sizeof now);
  memcpy(state, given->iov_base, given->iov_len);
  memcpy(&wanted, state + PRESENT_AT, sizeof wanted);
  wanted = (wanted & ~beyond) | (now & beyond);
  memcpy(state + PRESENT_AT, &wanted, sizeof wanted);
  return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, (void *)NT_X86_XSTATE, &whole);
}

// Takes the place of the C library's function of that name.
long ptrace(enum __ptrace_request request, ...) {
  va_list arguments;
  va_start(arguments, request);
  long pid = va_arg(arguments, int);
  void *address = va_arg(arguments, void *);
  void *data = va_arg(arguments, void *);
  va_end(arguments);

  if (request == PTRACE_SETREGSET && address == (void *)NT_X86_XSTATE) {
    return set_registers(pid, data);
  }
  // The system call stores a peeked word where the library's function returns it.
  int is_peek = request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA ||
                request == PTRACE_PEEKUSER;
  long word;
  long result = syscall(SYS_ptrace, (long)request, pid, address, is_peek ? (void *)&word : data);
  return is_peek && result >= 0 ? word : result;
}
