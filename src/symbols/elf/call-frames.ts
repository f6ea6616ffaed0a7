/**
 * How far above the stack pointer a function's frame ends, at one of its instructions: by what exceptions are unwound with (LSB Core,
 * "Exception Frames"; DWARF 5, 6.4), which compilers write also where they keep no frame pointer, and strip leaves.
 *
 *   rsp → [ locals of f … ][ return address ] ← the frame's end: rsp + 48
 *
 * Only what is told from rsp is told here: of the 71,207 rows in Debian's python3.13 all but 9. Of python3.14's interpreter, which asks for
 * its frame's address, it is not: kept-frame.ts.
 */
import type { Bytes } from "../bytes.ts";
import { Cursor } from "./cursor.ts";
import type { Elf } from "./elf.ts";
import { RETURN_ADDRESS, rowAt } from "./frame-rows.ts";
import { dataAt } from "./places.ts";
import { extentAt } from "./unwind-table.ts";

/** Bytes from the stack pointer to behind the return address; "outermost": nobody called it; "kept": just above where rbp leads. */
export type FrameEnd = number | "outermost" | "kept";

const RSP = 7;
const RBP = 6;
/** Behind the frame pointer that was saved there, and the return address. */
const KEPT_BYTES = 16;
/** Most are some dozen bytes long, that of an interpreter's loop some thousand. */
const RECORD_MAX_BYTES = 64 * 1024;
/** Behind the pointer to the common record: the function's start and size, 4 bytes each (unwind-table.ts has checked them). */
const OWN_AT = 12;
/** DW_EH_PE_pcrel | DW_EH_PE_sdata4, what linkers write: so are the function's start and size 4 bytes each. */
const USUAL_POINTER = 0x1b;
/** A personality routine's, by the lower half of its encoding (DW_EH_PE_absptr, udata2, udata4, udata8, sdata2, sdata4, sdata8). */
const POINTER_BYTES: Readonly<Record<number, number>> = { 0: 8, 2: 2, 3: 4, 4: 8, 10: 2, 11: 4, 12: 8 };

/** Null where that is not told. */
export function frameEndAt(elf: Elf, bytes: Bytes, virtual: number): FrameEnd | null {
  const extent = elf.machine === "x86-64" ? extentAt(elf, bytes, virtual) : null;
  if (extent === null) return null;
  try {
    const record = bodyOf(elf, bytes, extent.record);
    const common = parseCommon(bodyOf(elf, bytes, extent.record + 4 - record.readUInt32LE(0)));
    const own = new Cursor(record, OWN_AT);
    own.skip(own.unsigned());
    const { rule, outermost } = rowAt(virtual - extent.start, { ...common, own });
    if (outermost) return "outermost";
    if (rule.register === RBP && rule.offset === KEPT_BYTES) return "kept";
    return rule.register === RSP && rule.offset > 0 ? rule.offset : null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** What follows a record's length. Errors: RangeError. */
function bodyOf(elf: Elf, bytes: Bytes, record: number): Buffer {
  const length = dataAt(elf, bytes, record, 4).readUInt32LE(0);
  if (length > RECORD_MAX_BYTES) throw new RangeError(`${length} bytes are too many`);
  const body = dataAt(elf, bytes, record + 4, length);
  if (body.length < length) throw new RangeError("cut short");
  return body;
}

/** What many functions' records share. Errors: RangeError for one of another make. */
function parseCommon(body: Buffer): { readonly codeUnit: number; readonly common: Cursor } {
  const end = body.indexOf(0, 5);
  const augmentation = body.toString("latin1", 5, end);
  if (body.readUInt32LE(0) !== 0 || body[4] !== 1) throw new RangeError("of another version");
  const cursor = new Cursor(body, end + 1);
  const codeUnit = cursor.unsigned();
  cursor.signed();
  const column = cursor.unsigned();
  const data = cursor.take(cursor.unsigned());
  if (column !== RETURN_ADDRESS || !isUsual(augmentation, data)) throw new RangeError("of another make");
  return { codeUnit, common: cursor };
}

/** "zR", and C++'s "zPLR": an encoding and a pointer of that; an encoding; an encoding. A signal's frame (S) no call has made. */
function isUsual(augmentation: string, data: Cursor): boolean {
  if (!/^zP?L?R$/.test(augmentation)) return false;
  if (augmentation.includes("P")) data.skip(POINTER_BYTES[data.byte() & 0x0f] ?? 0);
  if (augmentation.includes("L")) data.byte();
  return data.byte() === USUAL_POINTER;
}
