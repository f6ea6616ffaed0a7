/** A program that is not like others: what runs it, and what sockleak must say of the 23 sockets that it forgets. */
import { readdirSync, readFileSync } from "node:fs";
import type { Leak } from "../trace.ts";

export type Oddity = {
  readonly name: string;
  /** Answers as leaker.py does, or says what it `cannot`. */
  readonly argv: readonly string[];
  /** Of its process, which this name finds where it has another pid itself. */
  readonly comm: string;
  readonly prepare?: () => void;
  /** Throws where the program was not as odd as it should be. */
  readonly check?: (answer: Leak & Readonly<Record<string, unknown>>) => void;
  /** `without-fds`: who accepted, but not as which fd. `unanalysed`: what it does is not told as TCP's. */
  readonly traced: "owned" | "without-fds" | "unanalysed";
  /** Kind and count that `list` finds, and what it says of its own limits; null: nothing of that. */
  readonly listed: string;
  readonly why: RegExp | null;
};

/** The pid, as this namespace has it, of the one process of that name. */
export function pidOf(comm: string): number {
  const found = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && commOf(pid) === comm);
  if (found.length !== 1) throw new Error(`${found.length} processes are named ${comm}`);
  return Number(found[0]);
}

function commOf(pid: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trimEnd();
  } catch {
    return null; // it has ended meanwhile
  }
}
