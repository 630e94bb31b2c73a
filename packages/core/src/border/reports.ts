import type { CheckReport, DoneReport } from "@cloudmarker/store-api";
import { failureOf } from "../errors/write-error.ts";
import { cut, describe, describeAnswer } from "./describe.ts";
import { fieldsOf, itemsOf, MOST_CODE, MOST_LOCATION, MOST_TEXT } from "./read.ts";
import { readRemarks } from "./remarks.ts";

/** Notes of one store that the receipt keeps. */
const MOST_NOTES = 100;

/**
 * The report of `done`, for the receipt. A field of the wrong type is left out with a note: it changes nothing about
 * the delivery.
 */
export function readDoneReport(value: unknown, plugin: string): DoneReport {
  if (value === undefined || value === null) return {};
  const fields = fieldsOf(value, ["location", "notes", "remarks"]);
  const notes: string[] = [];
  const leftOut = (what: string): void => void notes.push(`done() of ${plugin} returned ${what}; it is left out.`);
  if (!fields) leftOut(`${describe(value)} in place of { location, notes, remarks }`);
  const { location, notes: given = [], remarks: remarked } = fields ?? {};
  const lines = itemsOf(given, MOST_NOTES + 1);
  if (!lines) leftOut(`notes that are ${describe(given)}, not a list`);
  for (const line of lines?.slice(0, MOST_NOTES) ?? []) {
    if (typeof line === "string") notes.push(cut(line, MOST_TEXT));
    else leftOut(`a note that is ${describe(line)}, not a text`);
  }
  if (lines && lines.length > MOST_NOTES) leftOut(`more than ${MOST_NOTES} notes, which is too many`);
  const isText = typeof location === "string";
  if (!isText && location !== undefined) leftOut(`a location that is ${describe(location)}, not a text`);
  const remarks = readRemarks(remarked, leftOut);
  return { ...(isText && { location: cut(location, MOST_LOCATION) }), notes, ...(remarks.length > 0 && { remarks }) };
}

/** The report of `check`. An answer that is not a report counts as not ok. */
export function readCheckReport(value: unknown, plugin: string): CheckReport {
  const { ok, code, message } = fieldsOf(value, ["ok", "code", "message"]) ?? {};
  if (typeof ok === "boolean" && typeof code === "string" && typeof message === "string")
    return { ok, code: cut(code, MOST_CODE), message: cut(message, MOST_TEXT) };
  const what = fieldsOf(value, ["ok"])
    ? `ok, code and message that are ${[ok, code, message].map(describe).join(", ")}`
    : describeAnswer(value);
  return { ok: false, ...failureOf("PLUGIN_ANSWER_INVALID", "check", { plugin, answer: what }) };
}
