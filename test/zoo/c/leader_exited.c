/* The main thread has ended with pthread_exit(); another one goes on and leaks. /proc/PID/fd is empty then, the
 * descriptors show in /proc/PID/task/TID/fd. */
#include "zoo.h"
#include <pthread.h>

static void *serve(void *unused) {
  char path[64], line[256] = "";
  snprintf(path, sizeof path, "/proc/%d/stat", getpid());
  for (int tries = 0; !strstr(line, ") Z") && tries < 500; tries++) { /* the leader is a zombie */
    FILE *stat = fopen(path, "r");
    check(stat && fgets(line, sizeof line, stat), path);
    fclose(stat);
    usleep(10000);
  }
  check(strstr(line, ") Z") != NULL, "the leader's end");
  int server = listen_here();
  for (int i = 0; i < count; i++) {
    int client = peer();
    check(accept4(server, NULL, NULL, SOCK_CLOEXEC) >= 0, "accept"); /* and forgotten */
    close(client);
  }
  until(CLOSE_WAIT, 1, count);
  printf("{\"ready\":true,\"pid\":%d,\"port\":%d,\"held\":%d,\"tid\":%d}\n", getpid(), port, count, gettid());
  fflush(stdout);
  hold();
  return unused;
}

int main(int argc, char **argv) {
  arguments(argc, argv);
  pthread_t thread;
  check(pthread_create(&thread, NULL, serve, NULL) == 0, "thread");
  pthread_exit(NULL);
}
