/**
 * The rows of a function's frame table, as instructions make them one after the other (DWARF 5, 6.4.2 and 7.24). Of each row only
 * is kept where the frame ends: a register and what is to be added to it.
 */
import type { Cursor } from "./cursor.ts";

/** Return addresses' column on x86-64 (psABI, "DWARF Register Number Mapping"). */
export const RETURN_ADDRESS = 16;

export type Rule = { readonly register: number; readonly offset: number };
/** An expression tells, which is not worked out here. */
const UNTOLD: Rule = { register: -1, offset: 0 };

/** `outermost`: it has no return address. */
export type Row = { readonly rule: Rule; readonly outermost: boolean };

/**
 * The row in force `into` bytes from the function's start: what the common instructions make, then its own.
 * Errors: RangeError for what is cut short or not known.
 */
export function rowAt(
  into: number,
  { common, own, codeUnit }: { readonly common: Cursor; readonly own: Cursor; readonly codeUnit: number },
): Row {
  const table: Table = { at: 0, codeUnit, rule: UNTOLD, kept: [], outermost: false };
  for (const instructions of [common, own]) while (!instructions.isAtEnd && table.at <= into) step(table, instructions);
  return table;
}

type Table = { at: number; readonly codeUnit: number; rule: Rule; readonly kept: Rule[]; outermost: boolean };

function step(table: Table, cursor: Cursor): void {
  const operation = cursor.byte();
  const low = operation & 0x3f;
  if (operation >= 0xc0) return;
  if (operation >= 0x80) cursor.unsigned();
  else if (operation >= 0x40) advance(table, low);
  else {
    const work = WORK[operation];
    if (work === undefined) throw new RangeError(`instruction ${operation} is not known`);
    work(table, cursor);
  }
}

function advance(table: Table, units: number): void {
  table.at += units * table.codeUnit;
}

type Work = (table: Table, cursor: Cursor) => void;

const advanceBy =
  (bytes: number): Work =>
  (table, cursor) =>
    advance(table, cursor.fixed(bytes));
/** Of registers other than the frame's end: each letter is a number, or a block that begins with its length. */
const skip =
  (kinds: string): Work =>
  (_table, cursor) => {
    for (const kind of kinds) {
      if (kind === "b") cursor.skip(cursor.unsigned());
      else cursor.unsigned();
    }
  };

/** By DW_CFA_ number; DW_CFA_set_loc (1) is written by nobody. */
const WORK: Readonly<Record<number, Work>> = {
  0: () => {}, // nop
  2: advanceBy(1),
  3: advanceBy(2),
  4: advanceBy(4),
  5: skip("uu"), // offset_extended
  6: skip("u"), // restore_extended
  7: (table, cursor) => {
    if (cursor.unsigned() === RETURN_ADDRESS) table.outermost = true; // undefined
  },
  8: skip("u"), // same_value
  9: skip("uu"), // register
  10: (table) => void table.kept.push(table.rule), // remember_state
  11: (table) => {
    table.rule = table.kept.pop() ?? UNTOLD; // restore_state
  },
  12: (table, cursor) => {
    table.rule = { register: cursor.unsigned(), offset: cursor.unsigned() }; // def_cfa
  },
  13: (table, cursor) => {
    table.rule = { ...table.rule, register: cursor.unsigned() }; // def_cfa_register
  },
  14: (table, cursor) => {
    table.rule = { ...table.rule, offset: cursor.unsigned() }; // def_cfa_offset
  },
  15: (table, cursor) => {
    cursor.skip(cursor.unsigned()); // def_cfa_expression
    table.rule = UNTOLD;
  },
  16: skip("ub"), // expression
  17: skip("uu"), // offset_extended_sf: signed ones are as long
  20: skip("uu"), // val_offset
  21: skip("uu"), // val_offset_sf
  22: skip("ub"), // val_expression
  46: skip("u"), // GNU_args_size
};
