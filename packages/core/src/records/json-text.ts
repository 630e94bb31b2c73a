import { hasBrand, putBrand } from "../realms.ts";
import { parseLossless } from "./raw-json.ts";

/** The mark that every copy of this package puts on its texts. */
const BRAND: symbol = Symbol.for("@cloudmarker/core.JsonText");

/**
 * JSON of one object on one line, checked by the native parser. It keeps number literals, escapes, repeated keys and
 * the order of keys of the source. Made by {@link jsonText} and by `readRecords`.
 */
export class JsonText {
  static {
    putBrand(this.prototype, BRAND);
  }

  readonly text: string;
  /** Whether the object is a record; see {@link isRecordValue}. */
  readonly isRecord: boolean;
  /** Length of {@link JsonText.text} in UTF-8 bytes. */
  readonly bytes: number;

  constructor(text: string, isRecord: boolean, bytes: number) {
    this.text = text;
    this.isRecord = isRecord;
    this.bytes = bytes;
  }

  /** Inside another object it is written as its value. Numbers keep their digits. */
  toJSON(): unknown {
    return parseLossless(this.text);
  }
}

/**
 * Whether an object is a record: it has an object `com`, has `raw` or `ext` or both, and has no other key. Anything
 * else is foreign and becomes the `raw` of a record, so that no key of it is lost.
 */
export function isRecordValue(value: object): boolean {
  const { com } = value as { com?: unknown };
  if (typeof com !== "object" || com === null || Array.isArray(com)) return false;
  let known = 0;
  for (const key in value) {
    if (key !== "raw" && key !== "ext" && key !== "com") return false;
    known++;
  }
  return known > 1;
}

/**
 * Whether an object has the mark of texts, from this or from another copy of the package. Its content must still be
 * checked.
 */
export function isMarkedText(value: object): boolean {
  return hasBrand(value, BRAND);
}
