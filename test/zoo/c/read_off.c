/* An epoll loop. Wrong on purpose: under "back pressure" it took EPOLLIN from every connection and never gave it back,
 * so the FIN wakes nobody. */
#include "zoo.h"
#include <sys/epoll.h>

int main(int argc, char **argv) {
  arguments(argc, argv);
  int server = listen_here(), loop = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event of_stdin = {.events = EPOLLIN, .data.fd = 0};
  check(epoll_ctl(loop, EPOLL_CTL_ADD, 0, &of_stdin) == 0, "standard input in epoll");
  for (int i = 0; i < count; i++) {
    int client = peer(), accepted = accept4(server, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct epoll_event reading = {.events = EPOLLIN, .data.fd = accepted}, nothing = {.events = 0, .data.fd = accepted};
    check(epoll_ctl(loop, EPOLL_CTL_ADD, accepted, &reading) == 0, "add");
    check(epoll_ctl(loop, EPOLL_CTL_MOD, accepted, &nothing) == 0, "modify");
    close(client);
  }
  until(CLOSE_WAIT, 1, count);
  ready();
  struct epoll_event event;
  while (epoll_wait(loop, &event, 1, -1) != 1 || event.data.fd != 0) continue;
  hold();
}
