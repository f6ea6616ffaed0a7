/** What `sockleak run` is told. */
import type { FailOn } from "../fail-on.ts";

export type RunOptions = {
  /** Milliseconds. */
  readonly olderThan: number;
  readonly grace: number;
  readonly failOn: FailOn;
  readonly leakExitCode: number;
  readonly allowIncomplete?: true;
  readonly asRoot?: true;
  /** By its suffix: .json, .txt, .md, .html. */
  readonly output?: string;
  readonly junit?: string;
  readonly annotate?: true;
  readonly baseline?: string;
  readonly updateBaseline?: true;
  readonly suppressions?: string;
  /** Say nothing where there is nothing to say. */
  readonly quiet?: true;
  /** Code paths. */
  readonly sites: boolean;
  /** Do without probes (and say so). */
  readonly census?: true;
};
