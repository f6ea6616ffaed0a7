/** Who gives an option expects something of it: one that would be ignored is an error. */
import { CommandError, EXIT } from "./io.ts";

/** Errors (CommandError, 2): one of them was given. `why` goes on behind its name. */
export function refuse<O extends object>(names: readonly (keyof O & string)[], options: O, why: string): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given === undefined) return;
  const option = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new CommandError(EXIT.usage, { message: `--${option} ${why}` });
}
