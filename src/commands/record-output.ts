/** Where a recording goes, by what was asked for on the command line. What is wrong with that is said here (exit code 2). */
import { Files } from "../recording/files.ts";
import type { Rotation } from "../recording/names.ts";
import { type Output, pipeOutput } from "../recording/output.ts";
import { CommandError, EXIT, type Io } from "./io.ts";
import { refuse } from "./refuse.ts";
import { whyFailed } from "./why-failed.ts";

export type OutputOptions = {
  readonly rotateSize?: number;
  readonly rotateAge?: number;
  readonly keep?: number;
  readonly maxDisk?: number;
  readonly force?: true;
};

/** Where no file is written they have no meaning. */
const OF_FILES = ["rotateSize", "rotateAge", "keep", "maxDisk", "force"] as const;

type Opener = { readonly open: () => Promise<Output>; readonly isFull?: (output: Output, more: number) => boolean };

/** One file, rotated files, or standard output. */
export function opener(path: string, options: OutputOptions, { stdout, terminal }: Io): Opener {
  if (path !== "-") return openerOf(path, rotationOf(options), options);
  refuse(OF_FILES, options, "is of files: this recording goes to standard output");
  if (terminal !== null) {
    const message = "standard output is a terminal: a recording is for programs";
    throw new CommandError(EXIT.usage, { message, hint: "sockleak record FILE, or sockleak trace for people" });
  }
  return { open: async () => pipeOutput(stdout) };
}

/** A file of its own each time. */
export function eachItsOwn(path: string, options: OutputOptions): Opener {
  refuse(["rotateSize", "rotateAge"], options, "does not go with --ring: each leak has a file of its own");
  const { keep, maxDisk } = options;
  return openerOf(path, { bytes: null, ageMs: null, keep: keep ?? null, diskBytes: maxDisk ?? null }, options);
}

function openerOf(path: string, rotation: Rotation | null, { force = false }: { readonly force?: boolean }): Opener {
  const files = new Files({ path, rotation, overwrite: force, nowMs: () => Date.now() });
  return { open: () => files.open(), isFull: (output, more) => files.isFull(output, more) };
}

function rotationOf({ rotateSize, rotateAge, keep, maxDisk }: OutputOptions): Rotation | null {
  if ([rotateSize, rotateAge, keep, maxDisk].every((asked) => asked === undefined)) return null;
  if (rotateSize !== undefined && maxDisk !== undefined && rotateSize > maxDisk) {
    throw new CommandError(EXIT.usage, { message: "--rotate-size is more than --max-disk: not one file would fit" });
  }
  if (keep !== undefined && rotateSize === undefined && rotateAge === undefined && maxDisk === undefined) {
    const hint = "give --rotate-size 100MB, --rotate-age 1h or --max-disk 1GB, too";
    throw new CommandError(EXIT.usage, { message: "--keep counts rotated files, and nothing rotates them", hint });
  }
  return { bytes: rotateSize ?? null, ageMs: rotateAge ?? null, keep: keep ?? null, diskBytes: maxDisk ?? null };
}

/** Errors: always, in words. */
export function cannotOpen(path: string, error: NodeJS.ErrnoException): never {
  if (error.code !== "EEXIST") {
    throw new CommandError(EXIT.cannot, { message: `cannot record to ${path}: ${whyFailed(error)}` });
  }
  const hint = "choose another name, overwrite it with --force, or let files be rotated (--rotate-age 1h)";
  throw new CommandError(EXIT.usage, { message: `cannot record to ${path}: it is there already`, hint });
}
