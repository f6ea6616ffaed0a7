/*
 * Reads what a contestant prints, as cheaply as can be, so that the reader is not what is measured.
 *
 *   count PREFIX…      passes on the lines that begin so, then prints {"lines": N, "bytes": M}
 */
#include "load.h"

enum { CHUNK = 1 << 20, HEAD = 4096 };

static int wanted(const char *line, size_t length, char **prefixes, int count) {
  for (int i = 0; i < count; i++) {
    size_t size = strlen(prefixes[i]);
    if (length >= size && memcmp(line, prefixes[i], size) == 0) return 1;
  }
  return 0;
}

int main(int argc, char **argv) {
  static char buffer[CHUNK + HEAD];
  size_t kept = 0;
  long lines = 0, bytes = 0;
  for (ssize_t got; (got = read(0, buffer + kept, CHUNK)) > 0;) {
    char *line = buffer, *end = buffer + kept + got;
    bytes += got;
    for (char *newline; (newline = memchr(line, '\n', end - line)) != NULL; line = newline + 1) {
      lines++;
      if (!wanted(line, newline - line, argv + 1, argc - 1)) continue;
      fwrite(line, 1, newline - line + 1, stdout);
      fflush(stdout);
    }
    kept = end - line;
    if (kept > HEAD) kept = 0; /* no line of ours is that long */
    memmove(buffer, line, kept);
  }
  printf("{\"lines\": %ld, \"bytes\": %ld}\n", lines, bytes);
  return 0;
}
