/** An error of the system in its own words: node puts the call and the path behind them, which whoever prints it has said. */
import { getSystemErrorMap } from "node:util";

/** "no such file or directory"; of another error, its message. */
export function whyFailed({ errno, message }: NodeJS.ErrnoException): string {
  const known = errno === undefined ? undefined : getSystemErrorMap().get(errno);
  return known?.[1] ?? message;
}
