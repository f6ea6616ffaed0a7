import assert from "node:assert/strict";
import { test } from "node:test";
import { renderRow } from "./render.ts";

test("a figure has its column, a spread its ends, and who could not run the reason", () => {
  const text = renderRow("churn: connections a second", [
    {
      row: "churn",
      contestant: "one",
      figures: { rate: 15_234.4, ratio: { median: 0.974, least: 0.9, most: 1.02 }, lost: null },
    },
    { row: "churn", contestant: "another", missing: "not there" },
  ]);
  assert.equal(
    text,
    `churn: connections a second
                                rate            ratio  lost
one                           15,234  0.97 (0.90–1.0)     –
another                       not there
`,
  );
});
