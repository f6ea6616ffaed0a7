/* A queue and eight workers. Wrong on purpose: all eight wait without a timeout for an answer of one backend
 * connection, which never comes (ESTABLISHED, silent), so nobody reads what is queued. */
#include "zoo.h"
#include <pthread.h>

enum { WORKERS = 8 };
static int backend;

static void *work(void *unused) {
  char answer;
  recv(backend, &answer, 1, 0); /* missing: SO_RCVTIMEO */
  return unused;
}

int main(int argc, char **argv) {
  arguments(argc, argv);
  int server = listen_here();
  backend = peer();
  int silent = accept4(server, NULL, NULL, SOCK_CLOEXEC);
  pthread_t threads[WORKERS];
  for (int i = 0; i < WORKERS; i++) check(pthread_create(&threads[i], NULL, work, NULL) == 0, "thread");
  for (int i = 0; i < count; i++) {
    int client = peer();
    check(accept4(server, NULL, NULL, SOCK_CLOEXEC) >= 0, "accept"); /* queued for a worker */
    close(client);
  }
  until(CLOSE_WAIT, 1, count);
  printf("{\"ready\":true,\"pid\":%d,\"port\":%d,\"held\":%d,\"waitFd\":%d,\"silentFd\":%d}\n", getpid(), port, count,
         backend, silent);
  fflush(stdout);
  hold();
}
