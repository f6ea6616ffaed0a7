/* A thread gives itself a descriptor table of its own (unshare(CLONE_FILES)), and leaks in it: the process's
 * /proc/PID/fd shows none of these sockets, /proc/PID/task/TID/fd does. */
#include "zoo.h"
#include <pthread.h>
#include <sched.h>

static void *serve(void *unused) {
  if (unshare(CLONE_FILES)) cannot("unshare(CLONE_FILES)");
  int server = listen_here();
  for (int i = 0; i < count; i++) {
    int client = peer();
    check(accept4(server, NULL, NULL, SOCK_CLOEXEC) >= 0, "accept"); /* and forgotten */
    close(client);
  }
  until(CLOSE_WAIT, 1, count);
  printf("{\"ready\":true,\"pid\":%d,\"port\":%d,\"held\":%d,\"tid\":%d}\n", getpid(), port, count, gettid());
  fflush(stdout);
  pause();
  return unused;
}

int main(int argc, char **argv) {
  arguments(argc, argv);
  pthread_t thread;
  check(pthread_create(&thread, NULL, serve, NULL) == 0, "thread");
  hold();
}
