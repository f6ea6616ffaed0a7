/*
 * Many code paths: each connection comes by another one, of as many as are asked for. A path is the way that recursion takes between two functions:
 * bit by bit of its number, so that no two stacks are the same. Each is closed at once.
 *
 *   many COUNT    waits for a line on its standard input, then goes; answers with a line when it has
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))
#define STAY __asm__ volatile("" ::: "memory")
#define BITS 14

static struct sockaddr_in here;

static void must(int holds, const char *what) {
  if (holds) return;
  perror(what);
  exit(1);
}

NOINLINE static void visit(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  char byte;
  must(connect(fd, (struct sockaddr *)&here, sizeof here) == 0, "connect");
  must(read(fd, &byte, 1) == 0, "no EOF");
  close(fd);
}

static void go(unsigned path, int left);

NOINLINE static void left_turn(unsigned path, int left) {
  go(path, left);
  STAY;
}

NOINLINE static void right_turn(unsigned path, int left) {
  go(path, left);
  STAY;
}

NOINLINE static void go(unsigned path, int left) {
  if (left == 0) visit();
  else if (path & 1) right_turn(path >> 1, left - 1);
  else left_turn(path >> 1, left - 1);
  STAY;
}

static void *hang_up(void *listener) {
  for (;;) {
    int fd = accept(*(int *)listener, NULL, NULL);
    must(fd >= 0, "accept");
    close(fd);
  }
  return NULL;
}

int main(int argc, char **argv) {
  unsigned count = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
  must(count <= 1u << BITS, "fewer, please");
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  socklen_t size = sizeof here;
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  must(bind(listener, (struct sockaddr *)&here, sizeof here) == 0 && listen(listener, 64) == 0, "listen");
  must(getsockname(listener, (struct sockaddr *)&here, &size) == 0, "getsockname");
  pthread_t server;
  must(pthread_create(&server, NULL, hang_up, &listener) == 0, "thread");
  char line[16];
  printf("{\"ready\":true,\"pid\":%d,\"port\":%d}\n", getpid(), ntohs(here.sin_port));
  fflush(stdout);
  must(fgets(line, sizeof line, stdin) != NULL, "nobody says go");
  for (unsigned path = 0; path < count; path++) go(path, BITS);
  printf("{\"visits\":%u}\n", count);
  fflush(stdout);
  return fgets(line, sizeof line, stdin) != NULL;
}
