/* Accepts through io_uring into the ring's own table (direct descriptors, Linux 5.19+), reads none and closes none: the
 * sockets have an inode and no file descriptor; the ring's fdinfo lists them (UserFiles). Raw system calls, no liburing. */
#include "zoo.h"
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static struct io_uring_params params;
static char *submissions, *completions;
static struct io_uring_sqe *entries;
#define SQ(field) (*(unsigned *)(submissions + params.sq_off.field))
#define CQ(field) (*(unsigned *)(completions + params.cq_off.field))

static int make_ring(void) {
  int ring = syscall(SYS_io_uring_setup, 4, &params);
  if (ring < 0) cannot("io_uring_setup");
  struct io_uring_rsrc_register table = {.nr = count, .flags = 1 /* IORING_RSRC_REGISTER_SPARSE */};
  if (syscall(SYS_io_uring_register, ring, 13 /* REGISTER_FILES2 */, &table, sizeof table)) cannot("sparse file table");
  int both = PROT_READ | PROT_WRITE;
  submissions = mmap(NULL, params.sq_off.array + params.sq_entries * 4, both, MAP_SHARED, ring, IORING_OFF_SQ_RING);
  completions = mmap(NULL, params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe), both, MAP_SHARED, ring,
                     IORING_OFF_CQ_RING);
  entries = mmap(NULL, params.sq_entries * sizeof *entries, both, MAP_SHARED, ring, IORING_OFF_SQES);
  check(submissions != MAP_FAILED && completions != MAP_FAILED && (void *)entries != MAP_FAILED, "mmap of the ring");
  return ring;
}

static void accept_direct(int ring, int server, int slot) {
  unsigned tail = SQ(tail), index = tail & SQ(ring_mask);
  entries[index] = (struct io_uring_sqe){.opcode = IORING_OP_ACCEPT, .fd = server, .file_index = slot + 1};
  ((unsigned *)(submissions + params.sq_off.array))[index] = index;
  __atomic_store_n(&SQ(tail), tail + 1, __ATOMIC_RELEASE);
  check(syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1, "io_uring_enter");
  struct io_uring_cqe *done = (void *)(completions + params.cq_off.cqes);
  errno = -done[CQ(head) & CQ(ring_mask)].res;
  if (errno > 0) cannot("direct accept");
  __atomic_store_n(&CQ(head), CQ(head) + 1, __ATOMIC_RELEASE);
}

int main(int argc, char **argv) {
  arguments(argc, argv);
  int server = listen_here(), ring = make_ring();
  for (int slot = 0; slot < count; slot++) {
    int client = peer();
    accept_direct(ring, server, slot);
    close(client);
  }
  until(CLOSE_WAIT, 1, count);
  printf("{\"ready\":true,\"pid\":%d,\"port\":%d,\"held\":%d,\"ringFd\":%d}\n", getpid(), port, count, ring);
  fflush(stdout);
  hold();
}
