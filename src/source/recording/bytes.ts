/** The bytes of a recording as text has them: a file or standard input, plain or gzip, as its first bytes tell. */
import { createReadStream } from "node:fs";
import { createGunzip, type Gunzip } from "node:zlib";
import { isFifo, openFifo } from "./pipe.ts";

/** How the reading went, brought up to date on the way. */
export type Course = {
  /** As they lie on the disk. */
  bytesRead: number;
  /** Where the text ends early, and why; null: it does not, as far as is known. */
  cut: string | null;
};

const READ_BYTES = 256 * 1024;
/** More than what is read at a time unpacks to, as a rule: then one call into another thread does it, and does not wait for ours. */
const UNPACK_BYTES = 2 * 1024 * 1024;
const GZIP_MAGIC = [0x1f, 0x8b];

/** Errors: the file cannot be opened or read (node:fs). What is cut or damaged ends early, and `course` says so. */
export async function* bytesOf(path: string, course: Course, stdin: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const raw = counted(path === "-" ? stdin : open(path), course);
  const first = await firstBytes(raw);
  const isGzip = first[0] === GZIP_MAGIC[0] && (first.length === 1 || first[1] === GZIP_MAGIC[1]);
  const all = after(first, raw);
  yield* isGzip ? unpacked(all, course) : all;
}

function open(path: string): AsyncIterable<Buffer> {
  return isFifo(path) ? openFifo(path) : createReadStream(path, { highWaterMark: READ_BYTES });
}

async function* counted(chunks: AsyncIterable<Buffer>, course: Course): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    course.bytesRead += chunk.length;
    yield chunk;
  }
}

/** Two, where there are as many: a pipe may give them one by one. */
async function firstBytes(chunks: AsyncGenerator<Buffer>): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  while (bytes.length < 2) {
    const { value, done } = await chunks.next();
    if (done) break;
    bytes = Buffer.concat([bytes, value]);
  }
  return bytes;
}

async function* after(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  yield* rest;
}

/** One chunk ahead: while its reader works, another thread unpacks the next. */
async function* unpacked(chunks: AsyncGenerator<Buffer>, course: Course): AsyncGenerator<Buffer> {
  const unpacker = new Unpacker();
  const next = async () => {
    const { value, done } = await chunks.next();
    return done ? unpacker.end() : unpacker.add(value);
  };
  for (let ahead = next(); ; ) {
    const { bytes, ended, failure } = await ahead;
    if (!ended) ahead = next();
    for (const piece of bytes) yield piece;
    if (failure !== null) course.cut = failure;
    if (ended) return;
  }
}

type Unpacked = { readonly bytes: readonly Buffer[]; readonly ended: boolean; readonly failure: string | null };

/** A stream's own iterator drops what it holds when it fails; here everything before the failure comes out. */
class Unpacker {
  readonly #gunzip: Gunzip = createGunzip({ chunkSize: UNPACK_BYTES });
  #bytes: Buffer[] = [];
  #failure: string | null = null;
  #failed = () => {};

  constructor() {
    this.#gunzip.on("data", (bytes: Buffer) => this.#bytes.push(bytes));
    this.#gunzip.on("error", ({ code, message }: NodeJS.ErrnoException) => {
      this.#failure = code === "Z_BUF_ERROR" ? "it ends in the middle" : `it is damaged: ${message}`;
      this.#failed();
    });
  }

  async add(chunk: Buffer): Promise<Unpacked> {
    await this.#untilFailed((done) => this.#gunzip.write(chunk, done));
    return this.#take(false);
  }

  async end(): Promise<Unpacked> {
    await this.#untilFailed((done) => this.#gunzip.once("end", done).end());
    return this.#take(true);
  }

  #untilFailed(work: (done: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      this.#failed = resolve;
      work(() => resolve());
    });
  }

  #take(last: boolean): Unpacked {
    const taken = { bytes: this.#bytes, ended: last || this.#failure !== null, failure: this.#failure };
    this.#bytes = [];
    return taken;
  }
}
