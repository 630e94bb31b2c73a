import { isPlainObject } from "../realms.ts";
import { type Report, reportType, reportUnknownKeys } from "./report.ts";
import { isGiven } from "./tree.ts";
import type { ConfigPath, OriginConfig } from "./types.ts";

/** Keys of `audits.NAME.origin`. */
export const ORIGIN_KEYS: readonly string[] = ["key", "class", "worker", "type"];

/** Returns the valid part of `audits.NAME.origin` and reports the rest. Undefined if it has no valid key. */
export function readOrigin(value: unknown, path: ConfigPath, report: Report): OriginConfig | undefined {
  if (!isGiven(value)) return undefined;
  if (!isPlainObject(value)) {
    reportType(report, path, "a map such as { key: prowler, type: cloud }", value);
    return undefined;
  }
  reportUnknownKeys(report, path, value, ORIGIN_KEYS);
  const origin: Record<string, string> = {};
  for (const name of ORIGIN_KEYS) {
    const text = Object.hasOwn(value, name) ? value[name] : undefined;
    if (!isGiven(text)) continue;
    if (typeof text === "string") origin[name] = text;
    else reportType(report, [...path, name], "a text", text);
  }
  return Object.keys(origin).length > 0 ? origin : undefined;
}
