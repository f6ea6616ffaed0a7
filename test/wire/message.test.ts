import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeMessage } from "../../src/wire/message.ts";

/** Lines as bpftrace 0.17, 0.23 and 0.27 print them. */
const MESSAGES: readonly [string, unknown, unknown][] = [
  ["attached, to 0.23", { type: "attached_probes", data: { probes: 13 } }, { kind: "attached", probes: 13 }],
  ["attached, 0.27", { type: "attached_probes", data: { probes: 13 }, count: 13 }, { kind: "attached", probes: 13 }],
  ["losses, to 0.23", { type: "lost_events", data: { events: 42 } }, { kind: "lost", lost: 42 }],
  [
    "losses, later, of which the number is not to be trusted",
    { type: "lost_events", count: 1, data: { events: 1 } },
    { kind: "lost", lost: null },
  ],
  ["losses without a number", { type: "lost_events", data: "1f" }, { kind: "lost", lost: null }],
  [
    "nothing to delete is no trouble",
    {
      type: "helper_error",
      msg: "Can't delete map element.",
      helper: "map_delete_elem",
      retcode: -2,
      line: 170,
      col: 3,
    },
    { kind: "other", type: "helper_error" },
  ],
  [
    "a full map is",
    { type: "helper_error", msg: "Argument list too long", helper: "map_update_elem", retcode: -7 },
    { kind: "trouble", text: "map_update_elem: Argument list too long" },
  ],
  ["a helper's error", { type: "helper_error", msg: "x", helper: "map" }, { kind: "trouble", text: "map: x" }],
  [
    "a map by keys",
    { type: "map", data: { "@opens": { "0,4711": 5, "1,4711": "2" } } },
    {
      kind: "counts",
      name: "@opens",
      rows: [
        { key: [0, 4711], count: 5 },
        { key: [1, 4711], count: 2 },
      ],
    },
  ],
  ["a map with other keys", { type: "map", data: { "@a": { x: 1 } } }, { kind: "other", type: "map" }],
  ["a map of more than a number", { type: "map", data: { "@a": 1, "@b": 2 } }, { kind: "other", type: "map" }],
  ["a count", { type: "map", data: { "@opened": 5 } }, { kind: "counter", name: "@opened", value: 5 }],
  ["a count as text", { type: "map", data: { "@opened": "5" } }, { kind: "counter", name: "@opened", value: 5 }],
  ["a count that is none", { type: "map", data: { "@opened": "1f" } }, { kind: "other", type: "map" }],
  ["a type of the future", { type: "quantum", data: [] }, { kind: "other", type: "quantum" }],
  ["a value of somebody else", { type: "value", data: ["hi", 1] }, { kind: "unreadable" }],
  ["no type", { data: [] }, { kind: "unreadable" }],
  ["no object", [1], { kind: "unreadable" }],
  ["null", null, { kind: "unreadable" }],
];
for (const [name, line, expected] of MESSAGES) {
  test(name, () => assert.deepEqual(decodeMessage(line), expected));
}

test("a heartbeat", () => {
  const message = decodeMessage({ type: "value", data: ["beat", 0, 5] });
  assert.deepEqual(message, { kind: "raw", raw: { tag: "beat", cpu: 0, ns: 5 } });
});
