// Whether a guest keeps its processes' vector registers apart: `vector-check ROUNDS PROCESSES
// INTERVAL`. Several processes fill every vector register with values of their own, call the
// kernel, let others run and are interrupted by a signal each INTERVAL microseconds (0: none)
// whose handler fills the registers with something else; then each looks whether the values are
// still there. One line per register set of the processor: `avx kept 40000 signals 812` or
// `avx damaged ...`. Status 0 if all were kept.

#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define REGISTER_BYTES 64
#define REGISTERS_MAX 32
#define PROCESSES_MAX 64
#define WORDS (REGISTERS_MAX * REGISTER_BYTES / 8)

typedef struct {
  uint64_t words[WORDS];
} Registers __attribute__((aligned(64)));

#define LIST16(move, suffix, at)                                                        \
  move(0, suffix, at) move(1, suffix, at) move(2, suffix, at) move(3, suffix, at)       \
  move(4, suffix, at) move(5, suffix, at) move(6, suffix, at) move(7, suffix, at)       \
  move(8, suffix, at) move(9, suffix, at) move(10, suffix, at) move(11, suffix, at)     \
  move(12, suffix, at) move(13, suffix, at) move(14, suffix, at) move(15, suffix, at)
#define LIST32(move, suffix, at)                                                        \
  LIST16(move, suffix, at)                                                              \
  move(16, suffix, at) move(17, suffix, at) move(18, suffix, at) move(19, suffix, at)   \
  move(20, suffix, at) move(21, suffix, at) move(22, suffix, at) move(23, suffix, at)   \
  move(24, suffix, at) move(25, suffix, at) move(26, suffix, at) move(27, suffix, at)   \
  move(28, suffix, at) move(29, suffix, at) move(30, suffix, at) move(31, suffix, at)

#define LOAD_SSE(i, suffix, at) "movaps " #i "*64(" at "), %%xmm" #i "\n"
#define STORE_SSE(i, suffix, at) "movaps %%xmm" #i ", " #i "*64(" at ")\n"
#define LOAD_AVX(i, suffix, at) "vmovaps " #i "*64(" at "), %%ymm" #i "\n"
#define STORE_AVX(i, suffix, at) "vmovaps %%ymm" #i ", " #i "*64(" at ")\n"
#define LOAD_512(i, suffix, at) "vmovaps " #i "*64(" at "), %%zmm" #i "\n"
#define STORE_512(i, suffix, at) "vmovaps %%zmm" #i ", " #i "*64(" at ")\n"

// Between loading and storing the process calls the kernel (24 is sched_yield) and spins, all in
// one piece of assembly, so that no compiled code comes between.
#define PAUSE                                                                           \
  "movl $24, %%eax\n syscall\n"                                                         \
  "movl $2000, %%ecx\n 1: dec %%ecx\n jnz 1b\n"
#define SCRATCH "rax", "rcx", "r11", "memory", "cc"

static void load_sse(const Registers *r) {
  __asm__ volatile(LIST16(LOAD_SSE, , "%0") : : "r"(r) : "memory");
}
static void hold_sse(const Registers *in, Registers *out) {
  __asm__ volatile(LIST16(LOAD_SSE, , "%0") PAUSE LIST16(STORE_SSE, , "%1")
                   : : "r"(in), "r"(out) : SCRATCH);
}
static void load_avx(const Registers *r) {
  __asm__ volatile(LIST16(LOAD_AVX, , "%0") : : "r"(r) : "memory");
}
static void hold_avx(const Registers *in, Registers *out) {
  __asm__ volatile(LIST16(LOAD_AVX, , "%0") PAUSE LIST16(STORE_AVX, , "%1")
                   : : "r"(in), "r"(out) : SCRATCH);
}
__attribute__((target("avx512f"))) static void load_512(const Registers *r) {
  __asm__ volatile(LIST32(LOAD_512, , "%0")
                   : : "r"(r) : "memory");
}
__attribute__((target("avx512f"))) static void hold_512(const Registers *in, Registers *out) {
  __asm__ volatile(LIST32(LOAD_512, , "%0")
                   PAUSE LIST32(STORE_512, , "%1")
                   : : "r"(in), "r"(out) : SCRATCH);
}

static const struct Set {
  const char *name;
  unsigned registers, bytes;
  void (*load)(const Registers *);
  void (*hold)(const Registers *, Registers *);
} sets[] = {
    {"sse", 16, 16, load_sse, hold_sse},
    {"avx", 16, 32, load_avx, hold_avx},
    {"avx512", 32, 64, load_512, hold_512},
};

static int is_there(const char *name) {
  if (strcmp(name, "avx") == 0) return __builtin_cpu_supports("avx");
  if (strcmp(name, "avx512") == 0) return __builtin_cpu_supports("avx512f");
  return 1;
}

// What the workers share: the first damage of each, told by the parent.
static struct Shared {
  long signals;
  char damage[PROCESSES_MAX][120];
} *shared;

static const struct Set *handler_set;
static Registers handler_values;

static void on_signal(int number) {
  (void)number;
  handler_set->load(&handler_values);
  __atomic_add_fetch(&shared->signals, 1, __ATOMIC_RELAXED);
}

static void fill(Registers *registers, uint64_t seed) {
  for (int i = 0; i < WORDS; i++) {
    seed += UINT64_C(0x9e3779b97f4a7c15);
    registers->words[i] = (seed ^ (seed >> 29)) * UINT64_C(0xbf58476d1ce4e5b9);
  }
}

static int look(const struct Set *set, const Registers *in, const Registers *out, char *damage) {
  for (unsigned i = 0; i < set->registers; i++) {
    for (unsigned word = 0; word < set->bytes / 8; word++) {
      uint64_t wanted = in->words[i * 8 + word], found = out->words[i * 8 + word];
      if (wanted == found) continue;
      snprintf(damage, sizeof shared->damage[0],
               "register %u word %u expected %016llx found %016llx", i, word, (unsigned long long)wanted, (unsigned long long)found);
      return 1;
    }
  }
  return 0;
}

static void work(const struct Set *set, int process, long rounds, long interval) {
  Registers in, out;
  handler_set = set;
  fill(&handler_values, 1000003 + (uint64_t)process);
  if (interval > 0) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval every = {{0, interval}, {0, interval}};
    setitimer(ITIMER_REAL, &every, NULL);
  }
  int damaged = 0;
  for (long round = 0; round < rounds && !damaged; round++) {
    fill(&in, ((uint64_t)process << 32) + (uint64_t)round);
    memset(&out, 0, sizeof out);
    set->hold(&in, &out);
    damaged = look(set, &in, &out, shared->damage[process]);
  }
  _exit(damaged);
}

static int check(const struct Set *set, long rounds, int processes, long interval) {
  memset(shared, 0, sizeof *shared);
  int damaged = 0;
  for (int process = 0; process < processes; process++) {
    pid_t pid = fork();
    if (pid < 0) return 1;
    if (pid == 0) work(set, process, rounds, interval);
  }
  for (int status; wait(&status) > 0;) damaged |= status != 0;
  printf("%s %s %ld signals %ld\n", set->name, damaged ? "damaged" : "kept", rounds * processes,
         shared->signals);
  for (int process = 0; process < processes; process++) {
    if (shared->damage[process][0]) printf("  process %d: %s\n", process, shared->damage[process]);
  }
  return damaged;
}

int main(int count, char **arguments) {
  long rounds = count > 1 ? atol(arguments[1]) : 0;
  int processes = count > 2 ? atoi(arguments[2]) : 0;
  long interval = count > 3 ? atol(arguments[3]) : -1;
  if (rounds < 1 || processes < 1 || processes > PROCESSES_MAX || interval < 0) {
    fprintf(stderr, "usage: vector-check ROUNDS PROCESSES INTERVAL_MICROSECONDS\n");
    return 2;
  }
  setvbuf(stdout, NULL, _IONBF, 0);
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return 1;
  int damaged = 0;
  for (unsigned i = 0; i < sizeof sets / sizeof sets[0]; i++) {
    if (is_there(sets[i].name)) damaged |= check(&sets[i], rounds, processes, interval);
  }
  return damaged;
}
