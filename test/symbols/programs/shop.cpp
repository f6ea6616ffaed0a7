// Waits in accept() inside a template's member in a namespace.
#include <arpa/inet.h>
#include <cstdio>
#include <sys/socket.h>
#include <unistd.h>

static volatile int taken;

namespace shop {
template <class T> struct Counter {
  __attribute__((noinline)) T take_order(int listener);
};

template <class T> T Counter<T>::take_order(int listener) {
  int fd = accept(listener, nullptr, nullptr);
  taken = taken + fd;
  return T(fd);
}

__attribute__((noinline)) long open_shop(int listener) {
  Counter<long> counter;
  long fd = counter.take_order(listener);
  taken = taken + 1;
  return fd;
}
} // namespace shop

int main() {
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, reinterpret_cast<sockaddr *>(&any), sizeof any) != 0 || listen(listener, 5) != 0) return 1;
  alarm(120);
  printf("%d\n", getpid());
  fflush(stdout);
  return shop::open_shop(listener) > 0;
}
