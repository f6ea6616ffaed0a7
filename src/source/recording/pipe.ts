/** What is read once, and whose end comes last: standard input, a FIFO, what a shell puts for <(…). */
import { constants, openSync, statSync } from "node:fs";
import { Socket } from "node:net";

export function isPipe(path: string): boolean {
  return path === "-" || isFifo(path);
}

export function isFifo(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFIFO() ?? false;
}

/**
 * Read as a socket is. Opened as a file it would keep a thread until somebody writes, and the process could not end before
 * (fifo(7): O_NONBLOCK does not wait for a writer; poll(2) tells of the end only after there was one). Errors: as node:fs.
 */
export function openFifo(path: string): AsyncIterable<Buffer> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}
