/* Waits in accept(), on a code path that the first argument names. With "thread" as second one in another thread, where
 * libc's wrapper saves registers first; with "orphan" the first thread ends and leaves that one behind. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define KEPT __attribute__((noinline, noclone))

static volatile int taken; /* what is done after a call keeps it from becoming a jump */

static inline __attribute__((always_inline)) int wait_for(int listener) {
  int fd = accept(listener, NULL, NULL);
  taken += fd;
  return fd;
}

static KEPT int take_upload(int listener) {
  int fd = wait_for(listener);
  taken++;
  return fd;
}

static KEPT int take_download(int listener) {
  int fd = wait_for(listener);
  taken += 2;
  return fd;
}

static KEPT int handle_upload(int listener) {
  int fd = take_upload(listener);
  taken += 3;
  return fd;
}

static KEPT int handle_download(int listener) {
  int fd = take_download(listener);
  taken += 4;
  return fd;
}

static KEPT int take_archive(int listener) {
  return accept(listener, NULL, NULL); /* a jump, with -O2 */
}

static KEPT int handle_archive(int listener) {
  int fd = take_archive(listener);
  taken += 5;
  return fd;
}

struct job {
  int listener;
  const char *path;
};

KEPT void *serve(void *given) {
  struct job *job = given;
  int fd = 0;
  if (strcmp(job->path, "upload") == 0) fd = handle_upload(job->listener);
  if (strcmp(job->path, "download") == 0) fd = handle_download(job->listener);
  if (strcmp(job->path, "archive") == 0) fd = handle_archive(job->listener);
  taken += fd;
  return NULL;
}

int main(int argc, char **argv) {
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  static struct job job;
  job.listener = socket(AF_INET, SOCK_STREAM, 0);
  job.path = argc > 1 ? argv[1] : "upload";
  if (bind(job.listener, (struct sockaddr *)&any, sizeof any) != 0 || listen(job.listener, 5) != 0) return 1;
  alarm(120); /* whatever becomes of the test */
  printf("%d\n", getpid());
  fflush(stdout);
  if (argc > 2) {
    pthread_t thread;
    pthread_create(&thread, NULL, serve, &job);
    if (strcmp(argv[2], "orphan") == 0) pthread_exit(NULL);
    pthread_join(thread, NULL);
  } else {
    serve(&job);
  }
  return taken;
}
