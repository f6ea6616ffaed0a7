/*
 * Opens and closes TCP connections with both sides in this process, as fast as it goes or at a rate.
 *
 *   churn SECONDS RATE      RATE connections a second, 0: as many as it can
 *
 * Prints {"connections": N, "seconds": S}: those that were opened, accepted, and closed on both sides. Two threads connect
 * and close; eight accept, read EOF and close. Destinations go round 200 addresses of the loopback network, so that ports in
 * TIME_WAIT do not run out: at 15,000 a second one address would be exhausted in two seconds.
 */
#include "load.h"

enum { CLIENTS = 2, SERVERS = 8, ADDRESSES = 200, PACE_NS = 1000000 };

static int listener;
static struct sockaddr_in place;
static double seconds, rate;
static atomic_long done;
static atomic_int over;

static void *serve(void *unused) {
  char byte;
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) {
      if (atomic_load(&over)) return unused;
      continue;
    }
    while (read(fd, &byte, 1) > 0) {}
    close(fd);
    atomic_fetch_add(&done, 1);
  }
}

static void connect_once(unsigned turn) {
  struct sockaddr_in to = place;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK + turn % ADDRESSES);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0) fail("connect");
  close(fd);
}

/* With a rate: what is due by now, then a millisecond's sleep. */
static void *ask(void *index) {
  unsigned long turn = (unsigned long)index * (ADDRESSES / CLIENTS), made = 0;
  double start = now();
  for (double at = start; at - start < seconds; at = now()) {
    if (rate > 0 && made >= (at - start) * rate / CLIENTS) {
      nanosleep(&(struct timespec){0, PACE_NS}, NULL);
      continue;
    }
    connect_once(turn++);
    made++;
  }
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 3) usage("churn SECONDS RATE");
  seconds = atof(argv[1]);
  rate = atof(argv[2]);
  listener = listen_anywhere(&place, 4096);
  pthread_t servers[SERVERS], clients[CLIENTS];
  double start = now();
  for (long i = 0; i < SERVERS; i++) pthread_create(&servers[i], NULL, serve, NULL);
  for (long i = 0; i < CLIENTS; i++) pthread_create(&clients[i], NULL, ask, (void *)i);
  for (int i = 0; i < CLIENTS; i++) pthread_join(clients[i], NULL);
  double took = now() - start;
  long connections = atomic_load(&done);
  atomic_store(&over, 1);
  shutdown(listener, SHUT_RD);
  for (int i = 0; i < SERVERS; i++) pthread_join(servers[i], NULL);
  printf("{\"connections\": %ld, \"seconds\": %.6f}\n", connections, took);
  return 0;
}
