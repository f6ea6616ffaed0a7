/* Has a page of code that no file holds, as runtimes make it, and prints where. With "fifo", "symlink" or "sparse" it
 * puts that where its perf map should be (under the folder of the second argument); with "map" an honest one. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv) {
  char path[256], other[256];
  const char *kind = argc > 1 ? argv[1] : "none";
  char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return 1;
  memset(page, 0xcc, 4096);
  snprintf(path, sizeof path, "/tmp/perf-%d.map", getpid());
  snprintf(other, sizeof other, "/tmp/perf-%d.other", getpid());
  unlink(path);
  if (strcmp(kind, "fifo") == 0 && mkfifo(path, 0666) != 0) return 2;
  if (strcmp(kind, "symlink") == 0 || strcmp(kind, "map") == 0 || strcmp(kind, "sparse") == 0) {
    FILE *map = fopen(strcmp(kind, "symlink") == 0 ? other : path, "w");
    if (map == NULL) return 3;
    fprintf(map, "%lx 100 py::handler:/app/app.py\n", (unsigned long)page);
    if (strcmp(kind, "sparse") == 0 && ftruncate(fileno(map), 10L << 30) != 0) return 4;
    fclose(map);
    if (strcmp(kind, "symlink") == 0 && symlink(other, path) != 0) return 5;
  }
  alarm(120); /* whatever becomes of the test */
  printf("%lx\n", (unsigned long)page + 16);
  fflush(stdout);
  for (;;) {
    if (getchar() == EOF) break;
    FILE *map = fopen(path, "a"); /* the code is thrown away, and its place used again */
    if (map == NULL) return 6;
    fprintf(map, "%lx 80 py::later:/app/app.py\n", (unsigned long)page);
    fclose(map);
    printf("again\n");
    fflush(stdout);
  }
  unlink(path);
  unlink(other);
  return 0;
}
