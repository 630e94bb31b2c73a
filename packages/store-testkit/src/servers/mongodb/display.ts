import { EJSON, ObjectId } from "bson";
import type { Doc } from "./wire.ts";

/** A document as MongoDB writes it into its messages: `{ _id: "a" }`. */
export function display(document: Doc): string {
  const fields = Object.entries(document).map(([key, value]) => `${key}: ${displayValue(value)}`);
  return fields.length > 0 ? `{ ${fields.join(", ")} }` : "{}";
}

function displayValue(value: unknown): string {
  if (value instanceof ObjectId) return `ObjectId('${value.toHexString()}')`;
  if (isPlain(value)) return display(value);
  return EJSON.stringify(value, { relaxed: true });
}

function isPlain(value: unknown): value is Doc {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
