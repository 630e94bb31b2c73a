/** The names that RFC 2822 (4.3) defines, in hours; all other names are ambiguous. */
const NAMES: Readonly<Record<string, number>> = {
  z: 0,
  ut: 0,
  utc: 0,
  gmt: 0,
  est: -5,
  edt: -4,
  cst: -6,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
};

/**
 * A name, an offset or both; after them may be a remark in parentheses, or the zone in brackets: `+0200 (CEST)`,
 * `+02:00[Europe/Berlin]`.
 */
const ZONE = /^([a-z]+)?(?:([+-])(\d{1,2})(?::?(\d\d)(?::?(\d\d))?)?)?(?:\s*\([^()]*\)|(?:\[!?[a-z][\w/+=-]*\])+)?$/iu;

/**
 * After an offset the short name of its zone adds nothing: `+0200 CEST`, `+0000 UTC`. Nearly all such names end in T;
 * any other word is not a name of a zone.
 */
const SHORT_NAME = /(?<=[+-][\d:]+)\s+(?:[A-Z]{1,4}T|ChST|UTC|WIB|WITA|MS[KD])$/u;

/** Minutes east of UTC of the text after a time, 0 for an empty one; undefined if unknown. */
export function offsetOf(zone: string): number | undefined {
  if (zone === "") return 0;
  const [whole, name, sign, hours, minutes = "0"] = ZONE.exec(zone.replace(SHORT_NAME, "")) ?? [];
  if (whole === undefined || (name === undefined && sign === undefined)) return undefined;
  const named = name === undefined ? 0 : NAMES[name.toLowerCase()];
  if (named === undefined || sign === undefined) return named === undefined ? undefined : named * 60;
  // `GMT+2` is an offset, `EST+2` is not.
  return named === 0 ? offsetMinutes(sign === "-", Number(hours), Number(minutes)) : undefined;
}

/** Undefined if hours or minutes are out of their bounds, or not numbers. */
export function offsetMinutes(isNegative: boolean, hours: number, minutes: number): number | undefined {
  if (!(hours <= 23 && minutes <= 59)) return undefined;
  const offset = hours * 60 + minutes;
  return isNegative ? -offset : offset;
}
