/**
 * Whether BSON (read without promotion) is the JSON value, with the types that MongoDBStore documents: a whole number
 * is Int32 or Long, whichever holds it first; any other number that a double holds as it is written is a Double; else
 * Decimal128.
 * @param json - read by `readLossless`
 */
export function bsonMatches(json: unknown, bson: unknown): boolean {
  if (isLiteral(json)) return numberMatches(json.rawJSON, bson);
  if (Array.isArray(json)) {
    return Array.isArray(bson) && json.length === bson.length && json.every((value, i) => bsonMatches(value, bson[i]));
  }
  if (typeof json !== "object" || json === null) return json === bson;
  if (typeof bson !== "object" || bson === null || Array.isArray(bson)) return false;
  const keys = Object.keys(json);
  const values = bson as Record<string, unknown>;
  return (
    keys.length === Object.keys(values).length &&
    keys.every((key) => bsonMatches((json as Record<string, unknown>)[key], values[key]))
  );
}

function isLiteral(value: unknown): value is { readonly rawJSON: string } {
  return typeof value === "object" && value !== null && "rawJSON" in value;
}

/** By `_bsontype`: the driver loads a copy of the classes of its own. */
function numberMatches(literal: string, bson: unknown): boolean {
  const text = String(bson);
  switch ((bson as { readonly [key: string]: unknown } | null)?.["_bsontype"]) {
    case "Int32":
      return Number(text) === Number(literal) && isWhole(literal);
    case "Long":
      return /^-?\d+$/u.test(literal) ? text === literal : Number(text) === Number(literal);
    case "Double":
      return (bson as { readonly value: number }).value === Number(literal) && !isWhole(literal);
    case "Decimal128":
      return Number(text) === Number(literal) && digits(text) === digits(literal);
    default:
      return false;
  }
}

/** Whole, and within 64 bits. */
/** As it is written: with a point or an exponent a number is a double (L-62). */
function isWhole(literal: string): boolean {
  const value = Number(literal);
  return /^-?\d+$/u.test(literal) && Number.isInteger(value) && Math.abs(value) < 2 ** 63 && !Object.is(value, -0);
}

function digits(literal: string): string {
  return literal
    .replace(/[eE].*$/u, "")
    .replaceAll(/[-+.]/gu, "")
    .replace(/^0+/u, "")
    .replace(/0+$/u, "");
}
