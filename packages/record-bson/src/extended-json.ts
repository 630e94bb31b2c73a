import { Decimal128, deserialize, Long } from "bson";

/** Documents that lie one after the other, a line for each: canonical for what plain JSON cannot tell apart. */
export function toExtendedJson(bson: Buffer): string {
  const lines: string[] = [];
  for (let start = 0, end = 0; start < bson.length; start = end) {
    end += bson.readInt32LE(start);
    lines.push(JSON.stringify(deserialize(bson.subarray(start, end), { promoteLongs: false }), canonical));
  }
  return lines.join("\n");
}

function canonical(_key: string, value: unknown): unknown {
  if (value instanceof Long) return { $numberLong: value.toString() };
  if (value instanceof Decimal128) return { $numberDecimal: value.toString() };
  return Object.is(value, -0) ? { $numberDouble: "-0.0" } : value;
}
