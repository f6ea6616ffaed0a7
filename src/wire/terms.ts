/** Terms that several event types share. */
import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { STATE_NAMES, type TcpState } from "../model/state.ts";

export const open = { additionalProperties: true };

export function count(description: string) {
  return Type.Integer({ minimum: 0, description });
}

export function orNull<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()]);
}

export function list<T extends TSchema>(schema: T, description = "") {
  return Type.Unsafe<readonly Static<T>[]>(Type.Array(schema, description === "" ? {} : { description }));
}

export function oneOf<T extends string>(...values: T[]) {
  return Type.Unsafe<T>(Type.Union(values.map((value) => Type.Literal(value))));
}

export const stamp = {
  atUs: count("microseconds of CLOCK_BOOTTIME"),
  seq: count("place in the stream, from 1"),
};

export const address = Type.Object({ addr: Type.String(), port: Type.Integer({ minimum: 0, maximum: 65_535 }) }, open);

export const state = Type.Unsafe<TcpState>(Type.Union(STATE_NAMES.map((name) => Type.Literal(name))));

/** What is known of the socket that an event is about. */
export const ofSocket = {
  ...stamp,
  sock: Type.String({ minLength: 1, description: "one life of one connection endpoint" }),
  local: orNull(address),
  remote: orNull(address),
  netns: orNull(count("inode of the network namespace")),
  inode: orNull(count("inode of the socket's file; 0: none")),
};
