/** The one way to the host: programs, files, directories. Tests, containers and other hosts can stand behind it. */
export type RunOptions = {
  /** Then it is killed. Default 10 s. */
  readonly timeoutMs?: number;
  /** Of stdout and of stderr each; beyond it is killed. Default 8 MiB. */
  readonly maxBytes?: number;
  /** Takes what it prints piece by piece, each in its own turn of the event loop; the result's stdout is then empty. */
  readonly onStdout?: (piece: string) => void;
};

export type RunResult = {
  /** Null when it did not start or was killed. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it did not run to its own end: "not found", "timed out after 10000 ms"; null when it did. */
  readonly failure: string | null;
};

export type FileId = {
  readonly inode: number;
  /** It is a namespace (a file of the kernel's nsfs), not a file with some inode. */
  readonly isNamespace: boolean;
};

export type Host = {
  /** Runs a program without a shell. Never rejects. */
  readonly run: (argv: readonly string[], options?: RunOptions) => Promise<RunResult>;
  /** The program's path, null where PATH has none. */
  readonly which: (program: string) => Promise<string | null>;
  /** The first maxBytes (default 1 MiB) of a file, as UTF-8. Rejects as node:fs does; never waits on a FIFO. */
  readonly readFile: (path: string, maxBytes?: number) => Promise<string>;
  readonly listDir: (path: string) => Promise<readonly string[]>;
  readonly readLink: (path: string) => Promise<string>;
  /** Follows symbolic links, those of /proc/PID/ns included. */
  readonly identify: (path: string) => Promise<FileId>;
};

/** The file's text, or null when it cannot be read: for facts whose absence is an answer. */
export async function readOrNull(host: Host, path: string): Promise<string | null> {
  try {
    return await host.readFile(path);
  } catch {
    return null;
  }
}
