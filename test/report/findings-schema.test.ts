import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import fc from "fast-check";
import { SCHEMA_DIR, SCHEMA_FILES } from "../../scripts/schema.ts";
import { documentOf } from "../../src/analysis/document.ts";
import { FINDINGS_SCHEMA } from "../../src/report/findings-schema.ts";
import { anyFinding, anySnapshot } from "../analysis/any-finding.ts";
import { analysisOf, finding, suspectFinding } from "../analysis/made-findings.ts";
import { snapshot } from "../analysis/sockets.ts";

const check = TypeCompiler.Compile(FINDINGS_SCHEMA);

for (const [name, text] of Object.entries(SCHEMA_FILES)) {
  test(`schema/${name} is what npm run schema writes`, () => {
    assert.equal(readFileSync(new URL(name, SCHEMA_DIR), "utf8"), text);
  });
}

test("schema/ holds no other file", () => assert.deepEqual(readdirSync(SCHEMA_DIR).sort(), Object.keys(SCHEMA_FILES)));

type Node = {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
};

/** As users read it. */
const written: Node = JSON.parse(SCHEMA_FILES["findings.schema.json"] ?? "{}");

/** Paths of all properties, lists and alternatives entered. */
function propertiesOf(schema: Node, path = ""): readonly (readonly [path: string, schema: Node])[] {
  const own = Object.entries(schema.properties ?? {}).map(([key, of]) => [`${path}.${key}`, of] as const);
  const inner = [...(schema.anyOf ?? []), ...(schema.items === undefined ? [] : [schema.items])];
  return [...own, ...own.flatMap(([at, of]) => propertiesOf(of, at)), ...inner.flatMap((of) => propertiesOf(of, path))];
}

test("every property is described, and times say their unit", () => {
  const properties = propertiesOf(written);
  assert.ok(properties.length > 100, `only ${properties.length} properties`);
  for (const [path, { description }] of properties) {
    assert.ok(description !== undefined && description.length >= 4, `${path} has no description`);
    if (/Ms(Ago)?$/.test(path)) assert.match(description, /millisecond/, path);
    if (/Us$/.test(path)) assert.match(description, /microsecond/, path);
  }
});

/** Keys of a document that its schema does not know. */
function strangers(value: unknown, schemas: readonly Node[], path = ""): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  const flat = schemas.flatMap((schema) => [schema, ...(schema.anyOf ?? [])]);
  if (Array.isArray(value)) {
    const items = flat.flatMap(({ items }) => items ?? []);
    return value.flatMap((one) => strangers(one, items, `${path}[]`));
  }
  const known = flat.filter(({ properties }) => properties !== undefined);
  if (known.length === 0) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const of = known.flatMap(({ properties }) => properties?.[key] ?? []);
    return of.length === 0 ? [`${path}.${key}`] : strangers(inner, of, `${path}.${key}`);
  });
}

const documents = fc
  .record({ findings: fc.array(anyFinding, { maxLength: 3 }), stood: anySnapshot, sockets: fc.nat({ max: 12 }) })
  .map(({ findings, stood, sockets }) => documentOf(analysisOf(findings), stood, { sockets }));

test("every document is as its schema says, before and after JSON, and has no key beside it", () => {
  fc.assert(
    fc.property(documents, (document) => {
      for (const told of [document, JSON.parse(JSON.stringify(document))]) {
        assert.deepEqual([...check.Errors(told)].slice(0, 3), []);
        assert.deepEqual(strangers(told, [written]), []);
      }
    }),
  );
});

test("the schema refuses what is no findings document", () => {
  const good = documentOf(analysisOf([finding(), suspectFinding()]), snapshot(), { sockets: 1 });
  assert.ok(check.Check(good));
  const [first] = good.findings;
  const bad: readonly unknown[] = [
    { ...good, schema: 2 },
    { ...good, summary: { ...good.summary, verdict: "fine" } },
    { ...good, findings: [{ ...first, count: -1 }] },
    { ...good, findings: [{ ...first, kind: "lost" }] },
    { ...good, findings: [{ ...first, oldest: { minMs: 1.5, maxMs: null, basis: "traced" } }] },
    { ...good, totals: undefined },
  ];
  for (const one of bad) assert.ok(!check.Check(one), JSON.stringify(one).slice(0, 200));
});
