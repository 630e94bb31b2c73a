import { WrittenScalar } from "@cloudmarker/core";

/** Whether a value of a configuration is a map. A {@link WrittenScalar} is an object, but stands for a scalar. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !WrittenScalar.is(value);
}
