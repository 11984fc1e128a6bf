// Memory whose content can be checked word by word after it was swapped out and in again:
//
//   hog --bytes N --seed S --compressible PERCENT [--pattern even|mixed] [--zero PERCENT]
//       [--fifo PATH]
//
// Each word of 8 bytes follows from seed, page and generation, so that a page that was torn, lost,
// exchanged with another or brought back as it was before its last change is told apart. Then it
// obeys lines on stdin, or on a fifo that it makes: verify, touch F, rewrite F, out, swapped,
// dump PAGE, quit. The content function has a twin in src/programs/hog-content.ts.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE_BYTES 4096
#define PAGE_WORDS 512
#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)
#define DAMAGE_LINES_MAX 16
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

static uint64_t seed;
static unsigned compressible, zero;
static int is_mixed;
static uint64_t *memory;
static uint32_t *generations;
static uint64_t page_count;

// ---- What a page holds

static uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

static void page_content(uint64_t page, uint32_t generation, uint64_t *words) {
  uint64_t key = mix(mix(seed ^ mix(page + 1)) + (generation + 1) * GOLDEN);
  if ((key >> 32) % 100 < zero) {
    memset(words, 0, PAGE_BYTES);
    return;
  }
  unsigned share = compressible;
  if (is_mixed) {
    // As far to both sides as there is room, so that the mean stays what was asked for.
    unsigned spread = share < 100 - share ? share : 100 - share;
    share = share - spread + (unsigned)((key >> 40) % (2 * spread + 1));
  }
  // One word repeated is the compressible part. It comes first: LZO takes ever longer steps through
  // what does not compress, and would miss some of a part behind it.
  unsigned repeated_count = (share * PAGE_WORDS + 50) / 100;
  uint64_t repeated = mix(~key);
  for (unsigned i = 0; i < PAGE_WORDS; i++) {
    words[i] = i < repeated_count ? repeated : mix(key + (i + 1) * GOLDEN);
  }
}

static uint64_t *page_at(uint64_t page) { return memory + page * PAGE_WORDS; }

// ---- Checking

// Where a wrong word comes from, if from any page as it is or from an earlier state of this one.
static void print_origin(uint64_t page, unsigned word, uint64_t found) {
  uint64_t words[PAGE_WORDS];
  if (found == 0) {
    printf(" (zero)");
    return;
  }
  for (uint32_t generation = 0; generation < generations[page]; generation++) {
    page_content(page, generation, words);
    if (words[word] != found) continue;
    printf(" (its generation %u of %u)", generation, generations[page]);
    return;
  }
  for (uint64_t other = 0; other < page_count; other++) {
    page_content(other, generations[other], words);
    if (other == page || words[word] != found) continue;
    printf(" (page %llu)", (unsigned long long)other);
    return;
  }
}

static int is_damaged(uint64_t page, uint64_t damaged_before) {
  uint64_t expected[PAGE_WORDS];
  page_content(page, generations[page], expected);
  const uint64_t *found = page_at(page);
  for (unsigned word = 0; word < PAGE_WORDS; word++) {
    if (found[word] == expected[word]) continue;
    if (damaged_before < DAMAGE_LINES_MAX) {
      printf("damaged page %llu word %u expected %016llx found %016llx", (unsigned long long)page,
             word, (unsigned long long)expected[word], (unsigned long long)found[word]);
      print_origin(page, word, found[word]);
      printf("\n");
    }
    return 1;
  }
  return 0;
}

// ---- Commands

// A subset that differs with each command and is the same in each run.
static uint64_t draw_count;
static int is_drawn(uint64_t page, double fraction) {
  uint64_t draw = mix(seed + mix(page * GOLDEN + draw_count));
  return (double)(draw >> 11) < fraction * (double)(UINT64_C(1) << 53);
}

static void visit(const char *done, double fraction, int is_rewriting) {
  uint64_t visited = 0, damaged = 0;
  draw_count++;
  for (uint64_t page = 0; page < page_count; page++) {
    if (fraction < 1 && !is_drawn(page, fraction)) continue;
    visited++;
    if (is_rewriting) {
      page_content(page, ++generations[page], page_at(page));
    } else {
      damaged += (uint64_t)is_damaged(page, damaged);
    }
  }
  if (damaged > 0) {
    printf("damaged %llu of %llu\n", (unsigned long long)damaged, (unsigned long long)visited);
  } else {
    printf("%s %llu\n", done, (unsigned long long)visited);
  }
}

static void count_swapped(void) {
  int file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  uint64_t entries[PAGE_WORDS], swapped = 0;
  for (uint64_t page = 0; file >= 0 && page < page_count; page += PAGE_WORDS) {
    uint64_t left = page_count - page < PAGE_WORDS ? page_count - page : PAGE_WORDS;
    off_t offset = (off_t)(((uintptr_t)memory / PAGE_BYTES + page) * sizeof entries[0]);
    ssize_t wanted = (ssize_t)(left * sizeof entries[0]);
    if (pread(file, entries, (size_t)wanted, offset) != wanted) {
      close(file);
      file = -1;
    }
    for (uint64_t i = 0; i < left; i++) swapped += entries[i] >> 62 & 1;
  }
  if (file < 0) {
    printf("failed /proc/self/pagemap: %s\n", strerror(errno));
    return;
  }
  close(file);
  printf("swapped %llu\n", (unsigned long long)swapped);
}

static void dump(uint64_t page) {
  if (page >= page_count) {
    printf("failed there are %llu pages\n", (unsigned long long)page_count);
    return;
  }
  const unsigned char *bytes = (const unsigned char *)page_at(page);
  printf("page %llu ", (unsigned long long)page);
  for (int i = 0; i < PAGE_BYTES; i++) printf("%02x", bytes[i]);
  printf("\n");
}

static void obey(const char *line) {
  double fraction;
  unsigned long long page;
  if (strcmp(line, "verify") == 0) {
    visit("verified", 1, 0);
  } else if (sscanf(line, "touch %lf", &fraction) == 1) {
    visit("touched", fraction, 0);
  } else if (sscanf(line, "rewrite %lf", &fraction) == 1) {
    visit("rewritten", fraction, 1);
  } else if (strcmp(line, "out") == 0) {
    if (madvise(memory, page_count * PAGE_BYTES, MADV_PAGEOUT) == 0) count_swapped();
    else printf("failed madvise: %s\n", strerror(errno));
  } else if (strcmp(line, "swapped") == 0) {
    count_swapped();
  } else if (sscanf(line, "dump %llu", &page) == 1) {
    dump(page);
  } else {
    printf("failed unknown command: %s\n", line);
  }
}

// ---- Start

static void fail(const char *format, ...) {
  va_list values;
  va_start(values, format);
  fprintf(stderr, "hog: ");
  vfprintf(stderr, format, values);
  fprintf(stderr, "\n");
  va_end(values);
  exit(2);
}

static uint64_t number(const char *name, const char *text, uint64_t least, uint64_t most) {
  char *end;
  errno = 0;
  uint64_t value = strtoull(text, &end, 10);
  if (errno != 0 || *end != 0 || text[0] < '0' || text[0] > '9' || value < least || value > most) {
    fail("%s is a number from %llu to %llu, not %s", name, (unsigned long long)least,
         (unsigned long long)most, text);
  }
  return value;
}

static uint64_t *take(uint64_t bytes) {
  void *taken = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (taken == MAP_FAILED) fail("%llu bytes: %s", (unsigned long long)bytes, strerror(errno));
  return taken;
}

static FILE *commands_from(const char *fifo) {
  if (!fifo) return stdin;
  if (mkfifo(fifo, 0600) < 0 && errno != EEXIST) fail("%s: %s", fifo, strerror(errno));
  // Opened for writing too: it then does not end when a writer goes.
  int file = open(fifo, O_RDWR | O_CLOEXEC);
  FILE *commands = file < 0 ? NULL : fdopen(file, "r");
  if (!commands) fail("%s: %s", fifo, strerror(errno));
  return commands;
}

int main(int count, char **arguments) {
  const char *fifo = NULL;
  int has_bytes = 0, has_seed = 0, has_share = 0;
  for (int i = 1; i < count; i += 2) {
    const char *name = arguments[i], *value = i + 1 < count ? arguments[i + 1] : NULL;
    if (!value) fail("%s needs a value", name);
    if (strcmp(name, "--bytes") == 0) {
      page_count = number(name, value, PAGE_BYTES, UINT64_C(1) << 40) / PAGE_BYTES;
      has_bytes = 1;
    } else if (strcmp(name, "--seed") == 0) {
      seed = number(name, value, 0, UINT64_MAX);
      has_seed = 1;
    } else if (strcmp(name, "--compressible") == 0) {
      compressible = (unsigned)number(name, value, 0, 100);
      has_share = 1;
    } else if (strcmp(name, "--zero") == 0) {
      zero = (unsigned)number(name, value, 0, 100);
    } else if (strcmp(name, "--fifo") == 0) {
      fifo = value;
    } else if (strcmp(name, "--pattern") == 0) {
      is_mixed = strcmp(value, "mixed") == 0;
      if (!is_mixed && strcmp(value, "even") != 0) {
        fail("--pattern is even or mixed, not %s", value);
      }
    } else {
      fail("there is no %s", name);
    }
  }
  if (!has_bytes || !has_seed || !has_share) fail("--bytes, --seed and --compressible are needed");

  FILE *commands = commands_from(fifo);
  setvbuf(stdout, NULL, _IOLBF, 0);
  memory = take(page_count * PAGE_BYTES);
  generations = (uint32_t *)take(page_count * sizeof generations[0]);
  // Huge pages would be split when they leave; not every kernel has them, hence no check.
  madvise(memory, page_count * PAGE_BYTES, MADV_NOHUGEPAGE);
  for (uint64_t page = 0; page < page_count; page++) page_content(page, 0, page_at(page));
  printf("ready pages %llu address %p\n", (unsigned long long)page_count, (void *)memory);

  char line[256];
  while (fgets(line, sizeof line, commands)) {
    line[strcspn(line, "\n")] = 0;
    if (strcmp(line, "quit") == 0) break;
    if (line[0]) obey(line);
  }
  return 0;
}
