/* What every C program of the zoo needs. Usage of each: PROGRAM [ADDRESS [COUNT]]; ADDRESS is 127.0.0.1, ::1 or
 * ::ffff:127.0.0.1 (listen on ::, clients connect to 127.0.0.1). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ESTABLISHED = 1, CLOSE_WAIT = 8, MAXIMUM = 4096 };
static const char *address = "127.0.0.1";
static int count = 23, port;

static inline void check(int ok, const char *what) {
  if (ok) return;
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static inline void arguments(int argc, char **argv) {
  if (argc > 1) address = argv[1];
  if (argc > 2) count = atoi(argv[2]);
  check(count > 0 && count <= MAXIMUM, "COUNT");
  alarm(60); /* until ready: a program blocked on its way there does not see its standard input end */
}

static inline struct sockaddr_storage resolve(const char *host, int at_port, socklen_t *length) {
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM}, *found;
  char service[8];
  snprintf(service, sizeof service, "%d", at_port);
  check(getaddrinfo(host, service, &hints, &found) == 0, host);
  struct sockaddr_storage result;
  *length = found->ai_addrlen;
  memcpy(&result, found->ai_addr, found->ai_addrlen);
  freeaddrinfo(found);
  return result;
}

/* Sets `port`. */
static inline int listen_here(void) {
  socklen_t length;
  int zero = 0;
  struct sockaddr_storage at = resolve(strncmp(address, "::ffff:", 7) ? address : "::", 0, &length);
  int server = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (at.ss_family == AF_INET6) setsockopt(server, IPPROTO_IPV6, 26 /* IPV6_V6ONLY */, &zero, sizeof zero);
  check(bind(server, (struct sockaddr *)&at, length) == 0, "bind");
  check(listen(server, 512) == 0, "listen");
  getsockname(server, (struct sockaddr *)&at, &length);
  port = ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port : ((struct sockaddr_in *)&at)->sin_port);
  return server;
}

static inline int peer(void) {
  socklen_t length;
  struct sockaddr_storage to = resolve(strncmp(address, "::ffff:", 7) ? address : address + 7, port, &length);
  int client = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check(connect(client, (struct sockaddr *)&to, length) == 0, "connect");
  return client;
}

/* Sockets of local port `port` in that state; with `unread` >= 0 only those with that receive queue. */
static inline int rows(int state, int unread) {
  int found = 0;
  for (int six = 0; six < 2; six++) {
    FILE *table = fopen(six ? "/proc/thread-self/net/tcp6" : "/proc/thread-self/net/tcp", "r");
    char line[512];
    while (table && fgets(line, sizeof line, table)) {
      unsigned local, st, queue;
      int read = sscanf(line, "%*d: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x %*x:%x", &local, &st, &queue);
      found += read == 3 && (int)local == port && (int)st == state && (unread < 0 || (int)queue == unread);
    }
    if (table) fclose(table);
  }
  return found;
}

/* Waits until `wanted` sockets are in that state; dies after 25 s. */
static inline void until(int state, int unread, int wanted) {
  for (int tries = 0; rows(state, unread) != wanted; tries++) {
    if (tries > 1250) fprintf(stderr, "state %d not reached: %d of %d\n", state, rows(state, unread), wanted), exit(1);
    usleep(20000);
  }
}

static inline void cannot(const char *why) {
  printf("{\"ready\":false,\"cannot\":\"%s: %s\"}\n", why, strerror(errno));
  exit(3);
}

static inline void ready(void) {
  alarm(0);
  printf("{\"ready\":true,\"pid\":%d,\"port\":%d,\"held\":%d}\n", getpid(), port, count);
  fflush(stdout);
}

/* Until whoever started us ends our standard input, or dies. */
static inline void hold(void) {
  char byte;
  alarm(0);
  while (read(0, &byte, 1) > 0) continue;
  _exit(0);
}
