/** --redact: stand-ins for names and addresses, under a key of this run or of a file. */
import { createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Event } from "../model/event.ts";
import { Redactor } from "../model/redact.ts";
import { withKnownKeys } from "../wire/known-keys.ts";
import { CommandError, EXIT } from "./io.ts";

export type RedactOptions = {
  readonly redact?: true;
  /** A file whose bytes are the key: the same stand-ins in every recording and report made with it. */
  readonly redactKey?: string;
};

/** Shorter keys can be tried out. */
const KEY_BYTES = 16;

/** Null: nothing is to be redacted. Errors (CommandError): the key file (2). */
export function redactionOf({
  redact,
  redactKey,
}: RedactOptions): ((events: readonly Event[]) => readonly Event[]) | null {
  if (!redact && redactKey === undefined) return null;
  const key = redactKey === undefined ? randomBytes(KEY_BYTES) : keyFrom(redactKey);
  const redactor = new Redactor((words) => createHmac("sha256", key).update(words).digest());
  return (events) => events.map((event) => redactor.redact(withKnownKeys(event)));
}

function keyFrom(path: string): Buffer {
  const hint = `make one with: head -c 32 /dev/urandom > ${path}`;
  try {
    const key = readFileSync(path);
    if (key.length >= KEY_BYTES) return key;
    throw new Error(`it has ${key.length} bytes, fewer than ${KEY_BYTES}`);
  } catch (error) {
    throw new CommandError(EXIT.usage, { message: `--redact-key ${path}: ${(error as Error).message}`, hint });
  }
}
