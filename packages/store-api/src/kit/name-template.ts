import type { StoreRecord } from "../record.ts";

/** A name such as `audit-{com.origin_worker}-%Y-%m-%d`, ready to be filled in. */
export interface NameTemplate {
  /** Without placeholders the name is the same for every record. */
  readonly constant: string | undefined;
  /** The date is part of the name, so that the time of the record matters. */
  readonly dated: boolean;
  /**
   * The name for a record, or undefined where the record lacks what a placeholder asks for (ES-08).
   * @param timeMs - time of the record in milliseconds since the epoch; the date is that of UTC
   */
  name(record: StoreRecord, timeMs: number): string | undefined;
}

/** What a description of a templated param says of it. */
export const NAME_TEMPLATE_HINT: string =
  "May have `%Y`, `%m`, `%d`, `%H` (UTC, of the record's time) and `{com.origin_worker}`-like placeholders.";

const PART = /%(?<date>.?)|\{(?<path>[^{}]*)\}|[{}]/gu;

/** What is wrong with a template, or undefined. */
export function nameTemplateProblem(template: string): string | undefined {
  for (const { 0: found, groups } of template.matchAll(PART)) {
    if (groups?.["date"] !== undefined && !"YmdH%".includes(groups["date"] || "-"))
      return `"${found}" is no date part: use %Y, %m, %d or %H, and %% for a percent sign.`;
    if (groups?.["date"] === undefined && !/^com\.[^.]+$/u.test(groups?.["path"] ?? ""))
      return `"${found}" is no placeholder: use {com.NAME}, such as {com.origin_worker}.`;
  }
  return undefined;
}

/** Reads a template that {@link nameTemplateProblem} finds nothing wrong with. */
export function parseNameTemplate(template: string): NameTemplate {
  const parts: Part[] = [];
  let end = 0;
  for (const { 0: found, index, groups } of template.matchAll(PART)) {
    parts.push(template.slice(end, index));
    const { date, path } = groups ?? {};
    if (date !== undefined) parts.push(date === "%" ? "%" : { date });
    else if (path !== undefined) parts.push({ key: path.slice("com.".length) });
    end = index + found.length;
  }
  parts.push(template.slice(end));
  const dated = parts.some((part) => typeof part === "object" && "date" in part);
  const constant = parts.every((part) => typeof part === "string") ? parts.join("") : undefined;
  return {
    constant,
    dated,
    name: (record, timeMs) => constant ?? fill(parts, record, dated ? new Date(timeMs).toISOString() : ""),
  };
}

type Part = string | { readonly date: string } | { readonly key: string };

function fill(parts: readonly Part[], record: StoreRecord, iso: string): string | undefined {
  let name = "";
  for (const part of parts) {
    if (typeof part === "string") name += part;
    else if ("date" in part) name += datePart(part.date, iso);
    else {
      const value = record.com[part.key];
      if ((typeof value !== "string" || value === "") && typeof value !== "number") return undefined;
      name += value;
    }
  }
  return name;
}

/** Where month, day and hour stand behind the year of `2026-11-23T14:53:14.000Z`. */
const BEHIND_YEAR: Readonly<Record<string, number>> = { m: 1, d: 4, H: 7 };

/** A part of an ISO 8601 time; a year outside of 0 to 9999 has a sign and six digits. */
function datePart(letter: string, iso: string): string {
  const year = iso.indexOf("-", 1);
  const behind = BEHIND_YEAR[letter];
  return behind === undefined ? iso.slice(0, year) : iso.slice(year + behind, year + behind + 2);
}
