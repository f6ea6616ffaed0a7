/** Terms of the findings document's schema. Each takes a description: units and meaning are what a schema is read for. */
import { type Static, type TSchema, Type } from "@sinclair/typebox";

export function text(description: string) {
  return Type.String({ description });
}

export function flag(description: string) {
  return Type.Boolean({ description });
}

export function count(description: string) {
  return Type.Integer({ minimum: 0, description });
}

export function number(description: string) {
  return Type.Number({ description });
}

export function port(description: string) {
  return Type.Integer({ minimum: 0, maximum: 65_535, description });
}

export function oneOf<const T extends string>(description: string, values: readonly T[]) {
  return Type.Unsafe<T>(
    Type.Union(
      values.map((value) => Type.Literal(value)),
      { description },
    ),
  );
}

/** The description stays with the property; what null means belongs into it. */
export function orNull<T extends TSchema>(schema: T) {
  const { description = "" } = schema;
  return Type.Union([schema, Type.Null()], { description });
}

export function list<T extends TSchema>(description: string, item: T) {
  return Type.Unsafe<readonly Static<T>[]>(Type.Array(item, { description }));
}

/** Unknown keys are allowed: a later version may say more. */
export function record<T extends Record<string, TSchema>>(description: string, properties: T) {
  return Type.Object(properties, { additionalProperties: true, description });
}
