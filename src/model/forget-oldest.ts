/** Bounds what is kept by key, right after one more was added: the first that came goes first. */
export function forgetOldest(of: Set<unknown> | Map<unknown, unknown>, most: number): void {
  if (of.size <= most) return;
  const [oldest] = of.keys();
  of.delete(oldest);
}
