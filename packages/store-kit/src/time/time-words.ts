import { isRawJson } from "@cloudmarker/store-api";
import { EPOCH_UNITS, parseEpoch } from "./parse-epoch.ts";
import { isPlausible, type TimeFault } from "./record-time.ts";

/** Characters of a value that are shown. */
const MOST_SHOWN = 80;

/** A value as JSON, cut to a length for a person. */
function shownValue(value: unknown): string {
  const text = isRawJson(value) ? value.rawJSON : cut(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

/** A long text or list is cut before it is written as JSON. */
function cut(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, MOST_SHOWN + 1));
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? `a list of ${value.length}` : "an object";
}

/** A value that was not read as a time, and the time that it would be in another format, if any. */
export function shownFault({ source, value }: TimeFault): string {
  if (!source) return "a record that nests too deeply to be read";
  const shown = shownValue(value);
  const fits = EPOCH_UNITS.find((unit) => {
    const time = unit === source.format ? undefined : parseEpoch(value, unit);
    return time !== undefined && isPlausible(time);
  });
  return fits === undefined ? shown : `${shown}, which would be a time with \`format: ${fits}\``;
}
