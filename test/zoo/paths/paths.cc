/* As paths.c's client, with names that a compiler mangles: 23 connections forgotten by one method, 17 closed by its sibling. */
#include <arpa/inet.h>
#include <cstdio>
#include <cstdlib>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace shop {

sockaddr_in here;

void must(bool holds, const char *what) {
  if (holds) return;
  perror(what);
  exit(1);
}

/* What every path goes through. */
template <typename Fd> __attribute__((noinline)) Fd dial() {
  Fd fd = socket(AF_INET, SOCK_STREAM, 0);
  must(connect(fd, reinterpret_cast<sockaddr *>(&here), sizeof here) == 0, "connect");
  return fd;
}

bool told_end(int fd) {
  char byte;
  return read(fd, &byte, 1) == 0;
}

struct Client {
  __attribute__((noinline)) void fetch_forgotten() { must(told_end(dial<int>()), "no EOF"); }
  __attribute__((noinline)) void fetch_closed() {
    int fd = dial<int>();
    must(told_end(fd), "no EOF");
    close(fd);
  }
};

__attribute__((noinline)) void accept_loop(int listener) {
  for (;;) close(accept(listener, nullptr, nullptr));
}

} // namespace shop

int main() {
  using namespace shop;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  socklen_t size = sizeof here;
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  must(bind(listener, reinterpret_cast<sockaddr *>(&here), sizeof here) == 0 && listen(listener, 64) == 0, "listen");
  must(getsockname(listener, reinterpret_cast<sockaddr *>(&here), &size) == 0, "getsockname");
  std::thread(accept_loop, listener).detach();
  Client client;
  for (int turn = 0; turn < 23; turn++) {
    if (turn < 17) client.fetch_closed();
    client.fetch_forgotten();
  }
  printf("{\"ready\":true,\"pid\":%d,\"port\":%d,\"held\":23}\n", getpid(), ntohs(here.sin_port));
  fflush(stdout);
  char byte;
  return read(0, &byte, 1) < 0;
}
