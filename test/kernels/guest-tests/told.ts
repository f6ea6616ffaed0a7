/** What probes told of each socket, in words that every attachment shares. */
import type { OpenEvent, SocketEvent, Unnumbered } from "../../../src/model/event.ts";

export type Told = Unnumbered<SocketEvent>;

/** Every life so far, by its place (`placeOf`). */
export function livesOf(events: readonly Unnumbered[]): ReadonlyMap<string, Told[]> {
  const bySocket = new Map<string, Told[]>();
  for (const event of events) {
    if (!("sock" in event) || event.type === "census" || event.type === "path") continue;
    const life = bySocket.get(event.sock);
    if (life === undefined) bySocket.set(event.sock, [event]);
    else life.push(event);
  }
  return new Map([...bySocket.values()].map((life) => [placeOfLife(life), life]));
}

type Ends = Pick<Told, "local" | "remote" | "netns" | "inode">;

/** Ports are used again within seconds, so the inode is part of it; who never had a file has none. */
export function placeOf({ local, remote, netns, inode }: Ends): string {
  const end = (address: Ends["local"]) => (address === null ? "" : `${address.addr}:${address.port}`);
  return `${end(local)}>${end(remote)}@${netns} ${inode || "no"} inode`;
}

/** Both ends are known from some event on; a listener has but one. */
function placeOfLife(life: readonly Told[]): string {
  const whole = life.find(({ local, remote }) => local?.port && remote?.port) ?? (life.at(-1) as Told);
  return placeOf({ ...whole, inode: life.find(({ inode }) => inode)?.inode ?? null });
}

/** A life's steps, told alike by every attachment: who let go is seen at different points in the kernel. */
export function stepsOf(life: readonly Told[]): readonly string[] {
  return life.flatMap((event) => {
    if (event.type === "state") return [`${event.from}>${event.to}`];
    if (event.type === "open" || event.type === "shutdown") return [`${event.type} ${event.how}`];
    if (event.type === "read") return ["read"];
    const letGo = event.pid === null ? [] : [event.exiting ? "let go by exit" : "let go"];
    return event.how === "destroyed" ? [...letGo, "destroyed"] : letGo;
  });
}

export function opensOf(life: readonly Told[]): readonly Unnumbered<OpenEvent>[] {
  return life.flatMap((event) => (event.type === "open" ? [event] : []));
}

export function stateOf(life: readonly Told[]): string | undefined {
  return life.findLast((event) => event.type === "state")?.to;
}
