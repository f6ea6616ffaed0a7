/** /proc/PID/stat (proc_pid_stat(5)). The name may hold any byte, ")" too: the last one ends it. */
export type Stat = {
  readonly comm: string;
  readonly state: string;
  readonly ppid: number;
  /** Field 22: since boot, suspended time included (5.5), in clock ticks. */
  readonly startedTicks: number;
};

export function parseStat(text: string): Stat | null {
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  if (open < 0 || close < open) return null;
  const rest = text.slice(close + 2).split(" ");
  const [state = "", ppid] = rest;
  const startedTicks = Number(rest[19]);
  if (!/^[A-Za-z]$/.test(state) || !Number.isSafeInteger(startedTicks)) return null;
  return { comm: text.slice(open + 1, close), state, ppid: Number(ppid), startedTicks };
}
