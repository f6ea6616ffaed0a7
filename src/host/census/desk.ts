/** The questions that the census asks /proc. In the worker thread on this machine (desk-client.ts), in place elsewhere. */

import type { LimitsEvent } from "../../model/census.ts";
import type { ArgsTold } from "./args.ts";
import { findNetnsHolders, type NetnsHolders } from "./netns-holders.ts";
import { readPodNames } from "./pods.ts";
import { type ProcHost, textOr } from "./proc-host.ts";
import { type HostFacts, identityOf, type ProcessFacts, parseFdLimit, parseUsers, readProcess } from "./process.ts";
import { type StrayRequest, Strays, type StraysFound } from "./strays.ts";
import { readThreads, type Thread } from "./threads.ts";
import { FdWalk, type WalkRequest, type WalkResult } from "./walk.ts";

export type Sample = {
  readonly pid: number;
  readonly fds: LimitsEvent["fds"] | null;
  readonly threads: readonly Thread[];
};

export type Desk = {
  readonly namespaces: () => Promise<NetnsHolders>;
  /** Reads what the first walk will need; later ones need nothing read ahead. */
  readonly prepare: () => Promise<void>;
  readonly walk: (request: WalkRequest) => Promise<WalkResult>;
  /** Of the last walk: open sockets it was not asked for and that are in no table of any protocol. */
  readonly strays: (request: StrayRequest) => Promise<StraysFound>;
  /** From the last walk, with how the epoll sets watch them. */
  readonly holdersOf: (inodes: readonly number[]) => Promise<WalkResult["holders"]>;
  /** Those of the processes that are new or execute another program since they were last described. */
  readonly describe: (pids: readonly number[]) => Promise<readonly ProcessFacts[]>;
  readonly sample: (pids: readonly number[]) => Promise<readonly Sample[]>;
  /** Milliseconds of CPU that the answers since the last time took, as far as it is known. */
  readonly cost: () => Promise<number>;
  readonly close: () => Promise<void>;
};

export type DeskFacts = {
  readonly ticksPerSecond: number;
  readonly arch: string;
  /** Of processes; default: masked. */
  readonly args?: ArgsTold;
};

export class ProcDesk implements Desk {
  readonly #host: ProcHost;
  readonly #of: DeskFacts;
  readonly #walk: FdWalk;
  readonly #strays: Strays;
  #described = new Map<number, string>();

  constructor(host: ProcHost, of: DeskFacts) {
    this.#host = host;
    this.#of = of;
    this.#walk = new FdWalk(host);
    this.#strays = new Strays(host);
  }

  prepare(): Promise<void> {
    return this.#walk.prepare();
  }

  walk(request: WalkRequest): Promise<WalkResult> {
    return this.#walk.walk(request);
  }

  holdersOf(inodes: readonly number[]): Promise<WalkResult["holders"]> {
    return this.#walk.holdersOf(inodes);
  }

  async close(): Promise<void> {}

  namespaces(): Promise<NetnsHolders> {
    return findNetnsHolders(this.#host);
  }

  strays(request: StrayRequest): Promise<StraysFound> {
    return this.#strays.find(this.#walk.others(), request);
  }

  /** In place it is part of what the whole program costs, or of what another host's does. */
  async cost(): Promise<number> {
    return 0;
  }

  async describe(pids: readonly number[]): Promise<readonly ProcessFacts[]> {
    const told: ProcessFacts[] = [];
    let facts: HostFacts | null = null;
    for (const pid of pids) {
      const identity = await identityOf(this.#host, pid);
      if (identity === null) this.#described.delete(pid);
      if (identity === null || this.#described.get(pid) === identity) continue;
      facts ??= await this.#hostFacts();
      const process = await readProcess(this.#host, pid, facts);
      if (process === null) continue;
      this.#described.set(pid, identity);
      told.push(process);
    }
    return told;
  }

  async sample(pids: readonly number[]): Promise<readonly Sample[]> {
    const samples: Sample[] = [];
    for (const pid of pids) {
      const threads = await readThreads(this.#host, pid, this.#of.arch);
      samples.push({ pid, fds: await this.#fdsOf(pid, threads[0]?.tid ?? pid), threads });
    }
    return samples;
  }

  async #fdsOf(pid: number, tid: number): Promise<Sample["fds"]> {
    const limit = parseFdLimit(await textOr(this.#host, `/proc/${pid}/limits`));
    for (const at of [`/proc/${pid}/fd`, `/proc/${pid}/task/${tid}/fd`]) {
      const size = await this.#host.sizeOf(at).catch(() => 0);
      const used =
        size > 0
          ? size
          : await this.#host.listDir(at).then(
              ({ length }) => length,
              () => 0,
            );
      if (used > 0) return { used, limit };
    }
    return null;
  }

  async #hostFacts(): Promise<HostFacts> {
    const users = parseUsers(await textOr(this.#host, "/etc/passwd"));
    const { ticksPerSecond, args = "masked" } = this.#of;
    return { ticksPerSecond, args, users, podNames: await readPodNames(this.#host) };
  }
}
