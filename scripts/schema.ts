/** `npm run schema`: writes the JSON Schemas of what sockleak prints. test/schema holds the files against their sources. */
import { mkdirSync, writeFileSync } from "node:fs";
import { findingsSchema } from "../src/report/findings-schema.ts";
import { streamSchema } from "../src/wire/specification.ts";

export const SCHEMA_DIR = new URL("../schema/", import.meta.url);

/** File name → text. */
export const SCHEMA_FILES: Readonly<Record<string, string>> = {
  "event.schema.json": print(streamSchema()),
  "findings.schema.json": print(findingsSchema()),
};

function print(schema: object): string {
  return `${JSON.stringify(schema, (_, value: unknown) => shorter(value), 2)}\n`;
}

type Const = { readonly const: unknown };

/** The checker takes one schema a word; for people "enum" says the same in a tenth of the lines. */
function shorter(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("anyOf" in value) || !Array.isArray(value.anyOf)) return value;
  const { anyOf, ...rest } = value;
  const words = anyOf.filter((one): one is Const => typeof one === "object" && one !== null && "const" in one);
  return words.length === anyOf.length && words.length > 1 ? { ...rest, enum: words.map((one) => one.const) } : value;
}

if (process.argv[1] === import.meta.filename) {
  mkdirSync(SCHEMA_DIR, { recursive: true });
  for (const [name, text] of Object.entries(SCHEMA_FILES)) writeFileSync(new URL(name, SCHEMA_DIR), text);
}
