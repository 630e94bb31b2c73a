import { deserialize } from "bson";

/**
 * Documents that lie one after the other, as one line each: canonical Extended JSON for what plain JSON cannot tell
 * apart.
 */
export function toExtendedJson(bson: Buffer): string {
  const lines: string[] = [];
  for (let start = 0, end = 0; start < bson.length; start = end) {
    end += bson.readInt32LE(start);
    lines.push(JSON.stringify(deserialize(bson.subarray(start, end), { promoteLongs: false }), canonical));
  }
  return lines.join("\n");
}

function canonical(_key: string, value: unknown): unknown {
  const type = bsonTypeOf(value);
  if (type === "Long") return { $numberLong: String(value) };
  if (type === "Decimal128") return { $numberDecimal: String(value) };
  return Object.is(value, -0) ? { $numberDouble: "-0.0" } : value;
}

/** Recognised by the mark that bson puts on its values, since they may be of another copy. */
function bsonTypeOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Readonly<Record<string, unknown>>)["_bsontype"];
}
