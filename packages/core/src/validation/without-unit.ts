import { isMap } from "../realms.ts";
import type { Path, Schema } from "./schema-walk.ts";

/**
 * Below this a number without a unit is more likely meant in seconds than in milliseconds. No time limit of a network
 * is that short.
 */
const SHORTEST_MS = 1_000;

/** Whether a number that is a duration in milliseconds is probably meant in another unit. 0 is 0 in every unit. */
export function lacksUnit(value: unknown): value is number {
  return typeof value === "number" && value > 0 && value < SHORTEST_MS;
}

/** Whether a param is a duration in milliseconds, by the annotation `x-unit` of its schema. */
export function isDuration(schema: Schema | undefined): boolean {
  return schema?.["x-unit"] === "ms";
}

/**
 * The paths of the durations that probably lack their unit.
 * @param given - params as they are written, without defaults
 */
export function withoutUnit(schema: Schema, given: unknown, path: Path = []): readonly Path[] {
  const { properties } = schema;
  if (!isMap(properties) || !isMap(given)) return [];
  return Object.entries(given).flatMap(([key, value]) => {
    const own = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (!isMap(own)) return [];
    const at = [...path, key];
    // A short one is usual where the default is short.
    if (isDuration(own) && !lacksUnit(own["default"]))
      return lacksUnit(value) || lacksUnit(numberOf(value)) ? [at] : [];
    return isMap(value) ? withoutUnit(own, value, at) : [];
  });
}

/** A variable of the environment, and a value in quotes, give a number as a text. */
function numberOf(value: unknown): unknown {
  return typeof value === "string" && /^\d{1,3}$/u.test(value) ? Number(value) : undefined;
}
