/** The flight recorder: the latest minutes, compressed, in memory only, until somebody wants them in a file. */
import { constants, gunzipSync, gzipSync } from "node:zlib";
import type { Event } from "../model/event.ts";
import { Head } from "../model/head.ts";
import { printEvent } from "../wire/print.ts";
import { type Member, Members } from "./members.ts";
import type { Output } from "./output.ts";

/** The oldest go before the time is over: 64 MB compressed are some 400 MB of events. */
const BYTES_MAX = 64 * 1024 * 1024;
/** So often a member ends, of however few events: it goes as a whole when its time is over. */
const MEMBER_US = 1_000_000;

type Kept = Omit<Member, "text"> & { readonly bytes: Uint8Array };

export class Ring {
  readonly #lengthUs: number;
  readonly #members = new Members((member) => this.#keep(member));
  readonly #head = new Head();
  #kept: Kept[] = [];
  #bytes = 0;
  #sinceUs = 0;

  /** `lengthMs`: how much of the latest is kept. */
  constructor(lengthMs: number) {
    this.#lengthUs = lengthMs * 1000;
  }

  get bytes(): number {
    return this.#bytes;
  }

  readonly take = (events: readonly Event[]): void => {
    for (const event of events) {
      if (event.atUs - this.#sinceUs > MEMBER_US) {
        this.#members.cut();
        this.#sinceUs = event.atUs;
      }
      this.#members.add(printEvent(event), event);
      this.#head.note(event);
    }
  };

  /** Writes what is kept; it stays kept. Errors: as `output` tells them. */
  async dump(output: Output, plain: boolean): Promise<void> {
    this.#members.cut();
    const kept = [...this.#kept];
    const [first] = kept;
    if (first === undefined) return;
    const head = Buffer.from(this.#head.events(first).map(printEvent).join(""));
    await output.write(plain ? head : gzipSync(head));
    for (const { bytes } of kept) await output.write(plain ? gunzipSync(bytes) : bytes);
    await output.sync();
  }

  #keep({ text, ...member }: Member): void {
    const bytes = gzipSync(text, { level: constants.Z_BEST_SPEED });
    this.#kept.push({ ...member, bytes });
    this.#bytes += bytes.length;
    const oldestUs = member.lastUs - this.#lengthUs;
    const first = this.#kept.findIndex(({ lastUs }) => lastUs >= oldestUs);
    for (const old of this.#kept.splice(0, Math.max(0, first))) this.#bytes -= old.bytes.length;
    while (this.#bytes > BYTES_MAX) this.#bytes -= this.#kept.shift()?.bytes.length ?? 0;
  }
}
