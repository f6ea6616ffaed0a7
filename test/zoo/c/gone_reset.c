/* The peers go with a reset. Wrong on purpose: the server never looks at these connections again, so they have left
 * every TCP state and their descriptors stay. */
#include "zoo.h"
#include <netinet/tcp.h>

static int state_of(int connection) {
  struct tcp_info info;
  socklen_t length = sizeof info;
  check(getsockopt(connection, IPPROTO_TCP, TCP_INFO, &info, &length) == 0, "TCP_INFO");
  return info.tcpi_state;
}

int main(int argc, char **argv) {
  arguments(argc, argv);
  int server = listen_here();
  struct linger now = {.l_onoff = 1, .l_linger = 0};
  for (int i = 0; i < count; i++) {
    int client = peer(), accepted = accept4(server, NULL, NULL, SOCK_CLOEXEC);
    setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(client);
    for (int tries = 0; state_of(accepted) != TCP_CLOSE && tries < 500; tries++) usleep(10000);
    check(state_of(accepted) == TCP_CLOSE, "reset by the peer");
  }
  until(ESTABLISHED, -1, 0);
  ready();
  hold();
}
