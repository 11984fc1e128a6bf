// Samples of a guest's memory: `sample INTERVAL_MS FIELD…` prints a line with the names and then,
// every INTERVAL_MS, one with the monotonic time in milliseconds and each field's value as
// /proc/meminfo (in kB) or /proc/vmstat has it. SIGTERM ends it. After its start it allocates
// nothing and is never swapped out, so that what it measures is not itself.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define FIELDS_MAX 32
#define FILE_BYTES_MAX 32768
#define LINE_BYTES_MAX 1024

static struct File {
  const char *path;
  int descriptor;
  char text[FILE_BYTES_MAX];
} files[] = {{"/proc/meminfo", -1, ""}, {"/proc/vmstat", -1, ""}};
#define FILE_COUNT (sizeof files / sizeof files[0])

static const char *names[FIELDS_MAX];
static int name_count;
static volatile sig_atomic_t is_ended;

static void on_end(int number) {
  (void)number;
  is_ended = 1;
}

static int read_files(void) {
  for (size_t i = 0; i < FILE_COUNT; i++) {
    size_t length = 0;
    ssize_t got;
    // These files come in pieces of at most a page or so.
    do {
      got = pread(files[i].descriptor, files[i].text + length, FILE_BYTES_MAX - 1 - length,
                  (off_t)length);
      if (got > 0) length += (size_t)got;
    } while (got > 0 && length < FILE_BYTES_MAX - 1);
    if (got < 0) return -1;
    files[i].text[length] = 0;
  }
  return 0;
}

// The value of a field: what stands behind its name and a colon or blanks. -1 if there is none.
static long long value_of(const char *name) {
  size_t length = strlen(name);
  for (size_t i = 0; i < FILE_COUNT; i++) {
    for (const char *line = files[i].text; line && *line;) {
      if (strncmp(line, name, length) == 0 && (line[length] == ':' || line[length] == ' ')) {
        return strtoll(line + length + 1, NULL, 10);
      }
      line = strchr(line, '\n');
      if (line) line++;
    }
  }
  return -1;
}

static int put_line(const char *line, int length) {
  for (int written = 0; written < length;) {
    ssize_t got = write(1, line + written, (size_t)(length - written));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return -1;
    written += (int)got;
  }
  return 0;
}

static int put_sample(void) {
  char line[LINE_BYTES_MAX];
  struct timespec now;
  if (read_files() < 0 || clock_gettime(CLOCK_MONOTONIC, &now) < 0) return -1;
  int length = snprintf(line, sizeof line, "%lld",
                        (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000);
  for (int i = 0; i < name_count; i++) {
    length += snprintf(line + length, sizeof line - (size_t)length, " %lld", value_of(names[i]));
  }
  line[length++] = '\n';
  return put_line(line, length);
}

static int start(int count, char **arguments, long *interval) {
  *interval = count > 1 ? atol(arguments[1]) : 0;
  name_count = count - 2;
  if (*interval < 1 || name_count < 1 || name_count > FIELDS_MAX) {
    fprintf(stderr, "usage: sample INTERVAL_MS FIELD... (at most %d)\n", FIELDS_MAX);
    return -1;
  }
  for (size_t i = 0; i < FILE_COUNT; i++) {
    files[i].descriptor = open(files[i].path, O_RDONLY | O_CLOEXEC);
    if (files[i].descriptor < 0) {
      fprintf(stderr, "sample: %s: %s\n", files[i].path, strerror(errno));
      return -1;
    }
  }
  if (read_files() < 0) return -1;
  char line[LINE_BYTES_MAX] = "time_ms";
  size_t length = strlen(line);
  for (int i = 0; i < name_count; i++) {
    names[i] = arguments[i + 2];
    if (value_of(names[i]) < 0) {
      fprintf(stderr, "sample: neither meminfo nor vmstat has %s\n", names[i]);
      return -1;
    }
    if (length + strlen(names[i]) + 24 > sizeof line) return -1;
    length += (size_t)sprintf(line + length, " %s", names[i]);
  }
  line[length++] = '\n';
  return put_line(line, (int)length);
}

int main(int count, char **arguments) {
  long interval;
  if (start(count, arguments, &interval) < 0) return 2;
  struct sigaction action = {.sa_handler = on_end};
  sigaction(SIGTERM, &action, NULL);
  if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0) {
    fprintf(stderr, "sample: mlockall: %s\n", strerror(errno));
    return 1;
  }
  struct timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  while (!is_ended) {
    if (put_sample() < 0) return 1;
    long nanoseconds = next.tv_nsec + interval % 1000 * 1000000;
    next.tv_sec += interval / 1000 + nanoseconds / 1000000000;
    next.tv_nsec = nanoseconds % 1000000000;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
  }
  return put_sample() < 0 ? 1 : 0;
}
