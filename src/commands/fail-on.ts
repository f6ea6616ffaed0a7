/** --fail-on: from which confidence on a leak makes the exit code 1 (design.md). */
import { Option } from "@commander-js/extra-typings";
import type { FindingsDocument } from "../analysis/findings-document.ts";

export const FAIL_ON = ["certain", "likely", "possible", "never"] as const;
export type FailOn = (typeof FAIL_ON)[number];

export function failOn() {
  return new Option("--fail-on <confidence>", "exit 1 if there is a leak of at least this confidence").choices(FAIL_ON);
}

export function failsOn({ findings }: Pick<FindingsDocument, "findings">, least: FailOn): boolean {
  return (
    findings.some(({ leak, confidence }) => leak && FAIL_ON.indexOf(confidence) <= FAIL_ON.indexOf(least)) &&
    least !== "never"
  );
}
