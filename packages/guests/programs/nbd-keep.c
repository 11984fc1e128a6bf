// Lent swap through the guest's own kernel that outlives the lender's restarts:
//
//   nbd-keep HOST PORT EXPORT DEVICE [REQUEST_SECONDS [AWAY_SECONDS]]
//
// It connects, hands the socket to the kernel's NBD client, and stays: when the connection is dead
// it connects anew and gives the kernel the new socket. nbd-client 3.24 to 3.26 do not: by netlink
// they leave the device to itself, and with ioctl the kernel fails all requests that come while
// there is no connection. What makes the kernel wait is its dead-connection time-out, which only
// netlink can set. REQUEST_SECONDS is when a request without a reply is sent again, and so how long
// those wait that were under way when the lender died; AWAY_SECONDS is how long new ones wait.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/nbd-netlink.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define OPTION_MAGIC UINT64_C(0x49484156454f5054)
#define OPTION_GO 7
#define REPLY_ACK 1
#define REPLY_INFO 3
#define INFO_EXPORT 0
#define BLOCK_BYTES 4096
#define REPLY_BYTES_MAX 4096
#define NAME_BYTES_MAX 4096
#define RETRY_MS 200
// A guest without free memory drops the packets of new connections: trying again soon gets through.
#define CONNECT_SECONDS 1
#define REPLY_SECONDS 5
// A host that vanished without a word is noticed after about so long.
#define SILENCE_MS 30000
#define REQUEST_SECONDS 10
#define AWAY_SECONDS 86400
#ifndef PR_SET_IO_FLUSHER
#define PR_SET_IO_FLUSHER 57
#endif

struct export {
  uint64_t bytes;
  uint16_t flags;
};

struct address {
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  };
};

static void fail(const char *format, ...) {
  va_list values;
  va_start(values, format);
  fprintf(stderr, "nbd-keep: ");
  vfprintf(stderr, format, values);
  fprintf(stderr, "\n");
  va_end(values);
  exit(1);
}

// ---- To the lender

// Numbers only: asking for a name would need memory, and others, while the guest has neither.
static struct address address_of(const char *host, const char *port) {
  struct address address;
  memset(&address, 0, sizeof address);
  int number = atoi(port);
  if (number <= 0 || number > 65535) fail("%s: expected a port", port);
  if (inet_pton(AF_INET, host, &address.v4.sin_addr) == 1) {
    address.v4.sin_family = AF_INET;
    address.v4.sin_port = htons(number);
  } else if (inet_pton(AF_INET6, host, &address.v6.sin6_addr) == 1) {
    address.v6.sin6_family = AF_INET6;
    address.v6.sin6_port = htons(number);
  } else {
    fail("%s: expected an address in numbers", host);
  }
  return address;
}

static int read_all(int fd, void *to, size_t bytes) {
  return recv(fd, to, bytes, MSG_WAITALL) == (ssize_t)bytes;
}

// The reply to GO: the export's size and flags come before the acknowledgement.
static int read_go(int fd, struct export *found) {
  static uint8_t data[REPLY_BYTES_MAX];
  int is_known = 0;
  for (;;) {
    uint8_t header[20];
    uint32_t type, bytes;
    if (!read_all(fd, header, sizeof header)) return 0;
    memcpy(&type, header + 12, 4);
    memcpy(&bytes, header + 16, 4);
    type = be32toh(type);
    bytes = be32toh(bytes);
    if (bytes > sizeof data || !read_all(fd, data, bytes)) return 0;
    if (type == REPLY_ACK) return is_known;
    if (type != REPLY_INFO) return 0;
    if (bytes < 12 || data[0] != 0 || data[1] != INFO_EXPORT) continue;
    memcpy(&found->bytes, data + 2, 8);
    memcpy(&found->flags, data + 10, 2);
    found->bytes = be64toh(found->bytes);
    found->flags = be16toh(found->flags);
    is_known = 1;
  }
}

static int negotiate(int fd, const char *name, struct export *found) {
  uint8_t greeting[18];
  uint8_t message[26 + NAME_BYTES_MAX];
  uint32_t name_bytes = strlen(name);
  uint32_t client_flags = htobe32(3), option = htobe32(OPTION_GO);
  uint32_t option_bytes = htobe32(name_bytes + 6), name_field = htobe32(name_bytes);
  uint64_t magic = htobe64(OPTION_MAGIC);
  if (!read_all(fd, greeting, sizeof greeting)) return 0;
  if (memcmp(greeting, "NBDMAGICIHAVEOPT", 16) != 0) return 0;
  memcpy(message, &client_flags, 4);
  memcpy(message + 4, &magic, 8);
  memcpy(message + 12, &option, 4);
  memcpy(message + 16, &option_bytes, 4);
  memcpy(message + 20, &name_field, 4);
  memcpy(message + 24, name, name_bytes);
  memset(message + 24 + name_bytes, 0, 2);
  ssize_t bytes = 26 + name_bytes;
  return send(fd, message, bytes, MSG_NOSIGNAL) == bytes && read_go(fd, found);
}

static void set_socket(int fd) {
  int one = 1, silence = SILENCE_MS, idle = 10;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &idle, sizeof idle);
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silence, sizeof silence);
}

static void set_time_limits(int fd, int send_seconds, int receive_seconds) {
  struct timeval sending = {.tv_sec = send_seconds}, receiving = {.tv_sec = receive_seconds};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &sending, sizeof sending);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &receiving, sizeof receiving);
}

// A negotiated connection, or -1 where the lender is away.
static int connect_lender(const struct address *to, const char *name, struct export *found) {
  int fd = socket(to->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  set_socket(fd);
  set_time_limits(fd, CONNECT_SECONDS, REPLY_SECONDS);
  if (connect(fd, &to->any, sizeof *to) == 0 && negotiate(fd, name, found)) {
    set_time_limits(fd, 0, 0);
    return fd;
  }
  close(fd);
  return -1;
}

// ---- To the kernel

struct message {
  struct nlmsghdr header;
  struct genlmsghdr command;
  uint8_t attributes[512];
};

static void begin(struct message *message, uint16_t family, uint8_t command) {
  memset(message, 0, sizeof *message);
  message->header.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
  message->header.nlmsg_type = family;
  message->header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  message->command.cmd = command;
  message->command.version = 1;
}

static struct nlattr *add(struct message *message, uint16_t type, const void *value, size_t bytes) {
  struct nlattr *attribute = (void *)((uint8_t *)message + NLMSG_ALIGN(message->header.nlmsg_len));
  attribute->nla_type = type;
  attribute->nla_len = NLA_HDRLEN + bytes;
  if (bytes > 0) memcpy((uint8_t *)attribute + NLA_HDRLEN, value, bytes);
  message->header.nlmsg_len = NLMSG_ALIGN(message->header.nlmsg_len) + NLA_ALIGN(attribute->nla_len);
  return attribute;
}

static void add_number(struct message *message, uint16_t type, uint64_t value) {
  add(message, type, &value, sizeof value);
}

static void end_nest(struct message *message, struct nlattr *nest) {
  nest->nla_len = (uint8_t *)message + message->header.nlmsg_len - (uint8_t *)nest;
  nest->nla_type |= NLA_F_NESTED;
}

static void add_socket(struct message *message, int fd) {
  uint32_t value = fd;
  struct nlattr *sockets = add(message, NBD_ATTR_SOCKETS, NULL, 0);
  struct nlattr *item = add(message, NBD_SOCK_ITEM, NULL, 0);
  add(message, NBD_SOCK_FD, &value, sizeof value);
  end_nest(message, item);
  end_nest(message, sockets);
}

// Sends and waits for the kernel's word: 0, or an errno. What comes before it goes to `reply`.
static int ask(int netlink, struct message *message, uint8_t *reply, size_t reply_bytes) {
  static uint8_t buffer[8192];
  if (send(netlink, message, message->header.nlmsg_len, 0) < 0) return errno;
  for (;;) {
    ssize_t bytes = recv(netlink, buffer, sizeof buffer, 0);
    if (bytes < 0 && errno != EINTR) return errno;
    struct nlmsghdr *header = (void *)buffer;
    for (; bytes > 0 && NLMSG_OK(header, bytes); header = NLMSG_NEXT(header, bytes)) {
      if (header->nlmsg_type == NLMSG_ERROR) return -((struct nlmsgerr *)NLMSG_DATA(header))->error;
      if (reply == NULL) continue;
      size_t found = header->nlmsg_len < reply_bytes ? header->nlmsg_len : reply_bytes;
      memcpy(reply, header, found);
    }
  }
}

static uint16_t find_family(int netlink) {
  struct message message;
  _Alignas(8) uint8_t reply[8192] = {0};
  begin(&message, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
  add(&message, CTRL_ATTR_FAMILY_NAME, NBD_GENL_FAMILY_NAME, sizeof NBD_GENL_FAMILY_NAME);
  int error = ask(netlink, &message, reply, sizeof reply);
  if (error != 0) fail("the kernel has no NBD client (%s); modprobe nbd", strerror(error));
  size_t end = ((struct nlmsghdr *)reply)->nlmsg_len;
  for (size_t at = NLMSG_LENGTH(GENL_HDRLEN); at + NLA_HDRLEN <= end && at < sizeof reply;) {
    struct nlattr *attribute = (void *)(reply + at);
    if (attribute->nla_type == CTRL_ATTR_FAMILY_ID) return *(uint16_t *)(attribute + 1);
    if (attribute->nla_len < NLA_HDRLEN) break;
    at += NLA_ALIGN(attribute->nla_len);
  }
  fail("the kernel does not say how its NBD client is reached");
  return 0;
}

struct device {
  int netlink;
  uint16_t family;
  uint32_t index;
  int request_seconds, away_seconds;
};

static int give_socket(const struct device *device, uint8_t command, int fd,
                       const struct export *export) {
  struct message message;
  begin(&message, device->family, command);
  add(&message, NBD_ATTR_INDEX, &device->index, sizeof device->index);
  add_number(&message, NBD_ATTR_SIZE_BYTES, export->bytes);
  add_number(&message, NBD_ATTR_TIMEOUT, device->request_seconds);
  add_number(&message, NBD_ATTR_DEAD_CONN_TIMEOUT, device->away_seconds);
  if (command == NBD_CMD_CONNECT) {
    add_number(&message, NBD_ATTR_BLOCK_SIZE_BYTES, BLOCK_BYTES);
    add_number(&message, NBD_ATTR_SERVER_FLAGS, export->flags);
  }
  add_socket(&message, fd);
  return ask(device->netlink, &message, NULL, 0);
}

// ---- Staying

// The kernel's NBD client and this program are what the guest's memory depends on.
static void become_dependable(void) {
  int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, "-1000", 5) != 5) fprintf(stderr, "nbd-keep: may be killed for memory\n");
  if (fd >= 0) close(fd);
  if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) fail("its memory cannot be locked: it must be root");
  prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0);
}

static int is_alive(int fd) {
  struct pollfd watched = {.fd = fd, .events = POLLRDHUP};
  return poll(&watched, 1, -1) < 0 && errno == EINTR;
}

// Whether the kernel's device is still configured; `nbd-client -d` ends it, and so this program.
static int is_wanted(const struct device *device) {
  char path[64];
  snprintf(path, sizeof path, "/sys/block/nbd%u/pid", device->index);
  return access(path, F_OK) == 0;
}

static void keep(const struct device *device, const struct address *to, const char *name, int fd,
                 const struct export *export) {
  for (;;) {
    while (is_alive(fd)) continue;
    close(fd);
    for (;;) {
      struct export found;
      if (!is_wanted(device)) exit(0);
      fd = connect_lender(to, name, &found);
      if (fd >= 0 && found.bytes == export->bytes) {
        // Refused while the kernel has not seen yet that the old connection is dead.
        if (give_socket(device, NBD_CMD_RECONFIGURE, fd, export) == 0) break;
      }
      if (fd >= 0) close(fd);
      usleep(RETRY_MS * 1000);
    }
  }
}

static int seconds_of(const char *text, int otherwise) {
  int seconds = text == NULL ? otherwise : atoi(text);
  if (seconds <= 0) fail("%s: expected a number of seconds", text);
  return seconds;
}

int main(int count, char **words) {
  if (count < 5 || count > 7) {
    fail("expected HOST PORT EXPORT DEVICE [REQUEST_SECONDS [AWAY_SECONDS]]");
  }
  const char *name = words[3];
  if (strlen(name) > NAME_BYTES_MAX) fail("the export's name is too long");
  struct device device = {.netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC)};
  if (sscanf(words[4], "/dev/nbd%u", &device.index) != 1) fail("%s: expected /dev/nbdN", words[4]);
  device.request_seconds = seconds_of(count > 5 ? words[5] : NULL, REQUEST_SECONDS);
  device.away_seconds = seconds_of(count > 6 ? words[6] : NULL, AWAY_SECONDS);
  device.family = find_family(device.netlink);

  struct address to = address_of(words[1], words[2]);
  struct export export;
  int fd = connect_lender(&to, name, &export);
  if (fd < 0) fail("%s port %s: no lender that has %s", words[1], words[2], name);
  int error = give_socket(&device, NBD_CMD_CONNECT, fd, &export);
  if (error != 0) fail("%s cannot be used: %s", words[4], strerror(error));

  if (daemon(0, 0) != 0) fail("cannot go to the background: %s", strerror(errno));
  become_dependable();
  keep(&device, &to, name, fd, &export);
}
