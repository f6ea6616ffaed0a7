/* Wrong on purpose: the EOF branch returns without close(). With a third argument `dup`, the close is there, but of a
 * descriptor that was duplicated before (for a stdio stream), so it does nothing. */
#include "zoo.h"
#include <fcntl.h>

static void serve(int connection, int duplicate) {
  char buffer[4096];
  int other = duplicate ? fcntl(connection, F_DUPFD_CLOEXEC, 0) : -1;
  while (read(connection, buffer, sizeof buffer) > 0) continue;
  if (other >= 0) close(connection); /* `other` stays */
}

int main(int argc, char **argv) {
  arguments(argc, argv);
  int server = listen_here();
  for (int i = 0; i < count; i++) {
    int client = peer(), accepted = accept4(server, NULL, NULL, SOCK_CLOEXEC);
    close(client);
    serve(accepted, argc > 3);
  }
  until(CLOSE_WAIT, 0, count);
  ready();
  hold();
}
