/** A command's world outside, for tests: what it printed is text here. */
import { PassThrough, Readable } from "node:stream";
import type { Io } from "../../src/commands/io.ts";

export type Heard = { out: string; err: string };

export function listen(stdin: readonly Uint8Array[] = []): { readonly io: Io; readonly heard: Heard } {
  const heard: Heard = { out: "", err: "" };
  const io: Io = {
    out: (text) => {
      heard.out += text;
    },
    err: (text) => {
      heard.err += text;
    },
    stdout: new PassThrough(),
    stdin: Readable.from(stdin),
    terminalInput: false,
    errTerminal: false,
    backlogBytes: () => 0,
    terminal: null,
    stopped: new Promise(() => {}),
  };
  return { io, heard };
}
