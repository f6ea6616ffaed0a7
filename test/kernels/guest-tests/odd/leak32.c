/*
 * A 32-bit program without a libc, so that it needs no other packages: accepts 23 connections of its own, whose peers close; reads EOF
 * on each and forgets it. One JSON line as leaker.py prints it: pid, port, and each socket's fd and peer's port. Holds them until
 * standard input ends.
 *
 *     gcc -m32 -static -nostdlib -ffreestanding -fno-stack-protector -fno-pie -no-pie leak32.c
 */
enum { COUNT = 23, AF_INET = 2, SOCK_STREAM = 1, LOOPBACK = 0x0100007f };
enum { SYS_exit = 1, SYS_read = 3, SYS_write = 4, SYS_close = 6, SYS_getpid = 20, SYS_socketcall = 102 };
enum { SOCKET = 1, BIND, CONNECT, LISTEN, ACCEPT, GETSOCKNAME, RECV = 10 };

struct address {
  unsigned short family, port;
  unsigned addr, pad[2];
};

static int sys(int number, int a, int b, int c) {
  int result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
  return result;
}

static int on_socket(int what, int a, int b, int c, int d) {
  volatile int args[4] = {a, b, c, d};
  return sys(SYS_socketcall, what, (int)args, 0);
}

static unsigned swapped(unsigned short port) {
  return (unsigned)(port >> 8 | (port & 0xff) << 8);
}

static char line[4096];
static int length;

static void text(const char *part) {
  while (*part) line[length++] = *part++;
}

static void number(unsigned value) {
  char digits[10];
  int count = 0;
  do digits[count++] = (char)('0' + value % 10); while (value /= 10);
  while (count > 0) line[length++] = digits[--count];
}

static void must(int result) {
  if (result < 0) sys(SYS_exit, -result, 0, 0);
}

void _start(void) {
  struct address here, peer;
  int size = sizeof here, listener = on_socket(SOCKET, AF_INET, SOCK_STREAM, 0, 0);
  here.family = AF_INET, here.port = 0, here.addr = LOOPBACK;
  must(on_socket(BIND, listener, (int)&here, size, 0));
  must(on_socket(LISTEN, listener, COUNT, 0, 0));
  must(on_socket(GETSOCKNAME, listener, (int)&here, (int)&size, 0));
  text("{\"pid\":"), number((unsigned)sys(SYS_getpid, 0, 0, 0)), text(",\"port\":"), number(swapped(here.port)), text(",\"kept\":[");
  for (int i = 0; i < COUNT; i++) {
    int client = on_socket(SOCKET, AF_INET, SOCK_STREAM, 0, 0), accepted;
    must(on_socket(CONNECT, client, (int)&here, sizeof here, 0));
    size = sizeof peer;
    must(accepted = on_socket(ACCEPT, listener, (int)&peer, (int)&size, 0));
    must(sys(SYS_close, client, 0, 0));
    must(on_socket(RECV, accepted, (int)&peer, 1, 0));
    text(i ? ",{\"fd\":" : "{\"fd\":"), number((unsigned)accepted), text(",\"peerPort\":"), number(swapped(peer.port)), text("}");
  }
  text("]}\n");
  sys(SYS_write, 1, (int)line, length);
  while (sys(SYS_read, 0, (int)line, sizeof line) > 0) {}
  sys(SYS_exit, 0, 0, 0);
}
