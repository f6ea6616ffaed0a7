/* What the bench's programs share. Errors end them: a load that is not what it says must not be measured. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static inline void fail(const char *what) {
  perror(what);
  exit(1);
}

static inline void usage(const char *text) {
  fprintf(stderr, "usage: %s\n", text);
  exit(2);
}

static inline double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec + at.tv_nsec / 1e9;
}

/* On every address of this network namespace, at a port that was free. */
static inline int listen_anywhere(struct sockaddr_in *place, int backlog) {
  socklen_t length = sizeof *place;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  *place = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
  if (bind(fd, (struct sockaddr *)place, length) < 0) fail("bind");
  if (listen(fd, backlog) < 0) fail("listen");
  if (getsockname(fd, (struct sockaddr *)place, &length) < 0) fail("getsockname");
  return fd;
}
