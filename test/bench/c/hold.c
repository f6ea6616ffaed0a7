/*
 * Holds connections until its standard input ends.
 *
 *   hold leaks N      N sockets in CLOSE_WAIT: accepted, the client has closed, nobody reads or closes
 *   hold live N       N sockets in ESTABLISHED: both ends of N / 2 connections
 *
 * In as many processes as the limit of open files asks for. Prints a line when all of them stand.
 */
#include "load.h"

/* Less than the limit by what a process has open besides. */
enum { SPARE_FILES = 64 };

static int *held;

static void hold(int listener, struct sockaddr_in to, int leaks, long sockets) {
  long count = 0;
  while (count < sockets) {
    int client = socket(AF_INET, SOCK_STREAM, 0);
    if (client < 0) fail("socket");
    if (connect(client, (struct sockaddr *)&to, sizeof to) < 0) fail("connect");
    int server = accept(listener, NULL, NULL);
    if (server < 0) fail("accept");
    held[count++] = server;
    if (leaks) close(client);
    else held[count++] = client;
  }
}

int main(int argc, char **argv) {
  if (argc != 3) usage("hold leaks|live N");
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  long each = (long)files.rlim_max - SPARE_FILES, rest = atol(argv[2]);
  held = calloc(each + 2, sizeof *held);
  int ready[2];
  if (held == NULL || pipe(ready) < 0) fail("pipe");
  int processes = 0;
  for (; rest > 0; rest -= each, processes++) {
    if (fork() > 0) continue;
    struct sockaddr_in place;
    int listener = listen_anywhere(&place, 128);
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK + processes);
    hold(listener, place, strcmp(argv[1], "leaks") == 0, rest < each ? rest : each);
    if (write(ready[1], "x", 1) != 1) fail("write");
    while (read(0, held, sizeof *held) > 0) {}
    _exit(0);
  }
  char byte;
  close(ready[1]);
  for (int i = 0; i < processes; i++)
    if (read(ready[0], &byte, 1) != 1) fail("a holder has failed");
  puts("ready");
  fflush(stdout);
  for (int i = 0; i < processes; i++) wait(NULL);
  return 0;
}
