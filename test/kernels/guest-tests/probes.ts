/** One attachment's probes, as the product runs them, and what they tell of each socket. */
import { boottimeUs } from "../../../src/host/boottime.ts";
import type { GapEvent, OpenEvent, SocketEvent, Unnumbered } from "../../../src/model/event.ts";
import { Live } from "../../../src/source/live.ts";
import type { GuestAttachment } from "../capabilities.ts";

export type Told = Unnumbered<SocketEvent>;

export class Probes {
  readonly events: Unnumbered[] = [];
  readonly #live: Live;
  #changed = () => {};

  private constructor(attachment: GuestAttachment) {
    this.#live = new Live({
      attachments: [attachment],
      begin: () => {},
      tracing: () => {},
      sink: (events) => {
        this.events.push(...events);
        this.#changed();
      },
    });
  }

  static async attach(attachment: GuestAttachment): Promise<Probes> {
    const probes = new Probes(attachment);
    await probes.#live.attached;
    return probes;
  }

  /** All that the kernel had told by the time of the call has come. */
  async upToNow(): Promise<void> {
    const nowUs = boottimeUs();
    while (!this.events.slice(-50).some((event) => event.type === "tick" && event.atUs > nowUs))
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
  }

  /** Every life so far, by its place (`placeOf`). */
  lives(): ReadonlyMap<string, Told[]> {
    const bySocket = new Map<string, Told[]>();
    for (const event of this.events) {
      if (!("sock" in event) || event.type === "census") continue;
      const life = bySocket.get(event.sock);
      if (life === undefined) bySocket.set(event.sock, [event]);
      else life.push(event);
    }
    return new Map([...bySocket.values()].map((life) => [placeOfLife(life), life]));
  }

  get gaps(): readonly Unnumbered<GapEvent>[] {
    return this.events.flatMap((event) => (event.type === "gap" ? [event] : []));
  }

  stop(): Promise<void> {
    return this.#live.stop();
  }
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
