/** What a command may do to the world outside: print, and learn that it should stop. cli.ts makes the real one. */
import type { Readable, Writable } from "node:stream";

export type Terminal = {
  readonly columns: number;
  readonly rows: number;
  readonly colour: boolean;
  /** By the locale: LC_ALL, else LC_CTYPE, else LANG. */
  readonly utf8: boolean;
};

export type Io = {
  readonly out: (text: string) => void;
  /** How much of it waits in our memory for whoever reads it. */
  readonly backlogBytes: () => number;
  readonly err: (text: string) => void;
  /** For bytes. */
  readonly stdout: Writable;
  readonly stdin: Readable;
  /** Standard input is a terminal: somebody may type. */
  readonly terminalInput: boolean;
  /** Standard error is a terminal. */
  readonly errTerminal: boolean;
  /** Standard output is a terminal, its size, and what it shows; null where it is not. */
  readonly terminal: Terminal | null;
  /** Resolves when the user or the system asks to stop, or nobody reads the output any more. */
  readonly stopped: Promise<void>;
};

/** Exit codes (design.md): 0 is done, 1 is findings. */
export const EXIT = { done: 0, findings: 1, usage: 2, cannot: 3, failed: 4 } as const;

/** A command cannot go on, for a reason that a person can understand: never shown as a stack trace. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly code: number;
  readonly hint: string | undefined;
  constructor(code: number, { message, hint }: { readonly message: string; readonly hint?: string }) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
