/*
 * Connections on several code paths, of which two forget. One process is both ends: a server, and a client that asks it.
 *
 *   client                     asks   server, all through accept_loop()
 *   17 order_answered   closes  'o'   handle_answered    reads EOF, closes
 *   23 order_forgotten  closes  'f'   handle_forgotten   reads EOF, forgets
 *   17 fetch_closed     closes  'c'   hang_up            closes
 *   23 fetch_forgotten  forgets 'c'   hang_up            closes
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))
/* Something to do behind the call, or it would become a jump. */
#define STAY __asm__ volatile("" ::: "memory")

static struct sockaddr_in here;

static void must(int holds, const char *what) {
  if (holds) return;
  perror(what);
  exit(1);
}

static char ask(int fd, char byte) {
  must(write(fd, &byte, 1) == 1, "write");
  must(read(fd, &byte, 1) == 1, "read");
  return byte;
}

/* What every path of the client goes through. */
NOINLINE int dial(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  must(connect(fd, (struct sockaddr *)&here, sizeof here) == 0, "connect");
  return fd;
}

NOINLINE void order_answered(void) {
  int fd = dial();
  ask(fd, 'o');
  close(fd);
  STAY;
}

NOINLINE void order_forgotten(void) {
  int fd = dial();
  ask(fd, 'f');
  close(fd);
  STAY;
}

NOINLINE void fetch_closed(void) {
  int fd = dial();
  char byte = ask(fd, 'c');
  must(read(fd, &byte, 1) == 0, "no EOF");
  close(fd);
  STAY;
}

NOINLINE void fetch_forgotten(void) {
  int fd = dial();
  char byte = ask(fd, 'c');
  must(read(fd, &byte, 1) == 0, "no EOF");
  STAY;
}

static int told_end(int fd) {
  char byte;
  return read(fd, &byte, 1) == 0;
}

NOINLINE void handle_answered(int fd) {
  must(write(fd, "o", 1) == 1 && told_end(fd), "answered");
  close(fd);
  STAY;
}

NOINLINE void handle_forgotten(int fd) {
  must(write(fd, "f", 1) == 1 && told_end(fd), "forgotten");
  STAY;
}

NOINLINE void hang_up(int fd) {
  must(write(fd, "c", 1) == 1, "hang up");
  close(fd);
  STAY;
}

NOINLINE void *accept_loop(void *listener) {
  for (;;) {
    int fd = accept(*(int *)listener, NULL, NULL);
    char byte;
    must(fd >= 0 && read(fd, &byte, 1) == 1, "accept");
    if (byte == 'o') handle_answered(fd);
    if (byte == 'f') handle_forgotten(fd);
    if (byte == 'c') hang_up(fd);
  }
}

int main(void) {
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  socklen_t size = sizeof here;
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  must(bind(listener, (struct sockaddr *)&here, sizeof here) == 0 && listen(listener, 64) == 0, "listen");
  must(getsockname(listener, (struct sockaddr *)&here, &size) == 0, "getsockname");
  pthread_t server;
  must(pthread_create(&server, NULL, accept_loop, &listener) == 0, "thread");
  for (int turn = 0; turn < 23; turn++) {
    if (turn < 17) order_answered();
    order_forgotten();
    if (turn < 17) fetch_closed();
    fetch_forgotten();
  }
  printf("{\"ready\":true,\"pid\":%d,\"port\":%d,\"held\":46}\n", getpid(), ntohs(here.sin_port));
  fflush(stdout);
  char byte;
  return read(0, &byte, 1) < 0;
}
