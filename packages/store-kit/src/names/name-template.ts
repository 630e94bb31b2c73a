import {
  isRawJson,
  parsePointer,
  pointerProblem,
  type RecordValue,
  type StoreRecord,
  valueAt,
} from "@cloudmarker/store-api";
import { remember } from "./remember.ts";
import { valueOf } from "../batches/value-of.ts";

/** A text such as `audit-{com.origin_worker}-%Y-%m-%d`, ready to be filled in. */
export interface NameTemplate {
  /** Without placeholders the name is the same for every record. */
  readonly constant: string | undefined;
  /** The date is part of the name, so the time of the record is needed. */
  readonly dated: boolean;
  /** A placeholder is a JSON pointer, so the value of the record is needed. */
  readonly pointed: boolean;
  /**
   * The name for a record, or undefined if the record lacks the value of a placeholder.
   * @param timeMs - time of the record in milliseconds since the epoch; the date is that of UTC
   * @param value - the record's value, if it was already read
   */
  name(record: StoreRecord, timeMs: number, value?: RecordValue): string | undefined;
  /** A note on the values that {@link NameTemplateOptions.clean} changed, for the receipt. */
  notes(): readonly string[];
  /** Whether names were asked for, and no record had the value of a placeholder. */
  readonly isUnmatched: boolean;
}

/** How values replace placeholders. */
export interface NameTemplateOptions {
  /**
   * Changes a record's value so that it fits into a name, by the rule of the back end. @default the value as it
   * is
   */
  readonly clean?: (value: string) => string;
}

/** The sentence about placeholders in the description of a param. */
export const NAME_TEMPLATE_HINT: string =
  "May have `%Y`, `%m`, `%d`, `%H` (UTC, of the record's time), and `{com.origin_worker}`-like or `{/raw/account}`-like placeholders.";

const PART = /%(?<date>.?)|\{\{|\}\}|\{(?<path>[^{}]*)\}|[{}]/gu;

/** The problem of a template, or undefined. */
export function nameTemplateProblem(template: string): string | undefined {
  for (const { 0: found, groups } of template.matchAll(PART)) {
    const { date, path } = groups ?? {};
    if (date !== undefined) {
      if (!"YmdH%".includes(date || "-")) return notADate(found, template);
    } else if (path === undefined ? found.length === 1 : !/^(?:com\.[^.]+|\/.*)$/su.test(path))
      return `"${found}" is not a placeholder: use {com.NAME}, such as {com.origin_worker}, or a JSON pointer, such as {/raw/account}. A brace is {{ or }}.`;
    else if (path?.startsWith("/")) {
      const problem = pointerProblem(path);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function notADate(found: string, template: string): string {
  const wrong = `"${found}" is not a date part: use %Y, %m, %d or %H, and %% for a percent sign.`;
  if (found !== "%{") return wrong;
  // Logstash and Filebeat write both.
  const isDate = template.includes("%{+");
  return isDate ? `${wrong} %{+YYYY.MM.dd} is %Y.%m.%d here.` : `${wrong} %{[a.b]} is {com.NAME} or {/a/b} here.`;
}

/** Reads a template that has no problem; see {@link nameTemplateProblem}. */
export function parseNameTemplate(template: string, { clean = same }: NameTemplateOptions = {}): NameTemplate {
  const parts: Part[] = [];
  let end = 0;
  for (const { 0: found, index, groups } of template.matchAll(PART)) {
    parts.push(template.slice(end, index));
    const { date, path } = groups ?? {};
    if (date !== undefined) parts.push(date === "%" ? "%" : { date });
    else if (path !== undefined)
      parts.push(path.startsWith("/") ? { keys: parsePointer(path) } : { key: path.slice(4) });
    else parts.push(found.slice(1));
    end = index + found.length;
  }
  parts.push(template.slice(end));
  const has = (kind: string): boolean => parts.some((part) => typeof part === "object" && kind in part);
  const dated = has("date");
  const pointed = has("keys");
  const constant = parts.every((part) => typeof part === "string") ? parts.join("") : undefined;
  const cleaner = new Cleaner(clean);
  let isUnmatched = false;
  let isFilled = false;
  return {
    constant,
    dated,
    pointed,
    name(record, timeMs, value) {
      if (constant !== undefined) return constant;
      const whole = pointed ? (value ?? valueOf(record)) : undefined;
      const name = fill(parts, record, whole, dated ? new Date(timeMs).toISOString() : "", cleaner);
      if (name === undefined) isUnmatched = true;
      else isFilled = true;
      return name;
    },
    notes: () => cleaner.notes(template),
    get isUnmatched() {
      return isUnmatched && !isFilled;
    },
  };
}

type Part = string | { readonly date: string } | { readonly key: string } | { readonly keys: readonly string[] };

/** Cleans values, and counts the changes. */
class Cleaner {
  readonly of: (value: string) => string;
  #count = 0;
  #first: readonly [value: string, cleaned: string] | undefined;

  constructor(clean: (value: string) => string) {
    const remembered = remember(clean);
    this.of = (value) => {
      const cleaned = clean === same ? value : remembered(value);
      if (cleaned !== value) {
        this.#count++;
        this.#first ??= [value.slice(0, 100), cleaned.slice(0, 100)];
      }
      return cleaned;
    };
  }

  notes(template: string): readonly string[] {
    if (!this.#first) return [];
    const [value, cleaned] = this.#first.map((text) => JSON.stringify(text));
    return [
      `Values that were changed to fit into "${template}": ${this.#count}. The first was ${value}, written as ${cleaned}.`,
    ];
  }
}

function same(value: string): string {
  return value;
}

function fill(
  parts: readonly Part[],
  record: StoreRecord,
  whole: RecordValue | undefined,
  iso: string,
  cleaner: Cleaner,
): string | undefined {
  let name = "";
  for (const part of parts) {
    if (typeof part === "string") name += part;
    else if ("date" in part) name += datePart(part.date, iso);
    else {
      const text = textOf("key" in part ? record.com[part.key] : valueAt(whole, part.keys));
      if (text === undefined) return undefined;
      name += cleaner.of(text);
    }
  }
  return name;
}

/** Only text and numbers, which keep their digits, can be part of a name. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  if (typeof value === "number") return String(value);
  return isRawJson(value) ? value.rawJSON : undefined;
}

/** Positions of month, day and hour after the year of `2026-11-23T14:53:14.000Z`. */
const BEHIND_YEAR: Readonly<Record<string, number>> = { m: 1, d: 4, H: 7 };

/** A part of an ISO 8601 time; a year outside of 0 to 9999 has a sign and six digits. */
function datePart(letter: string, iso: string): string {
  const year = iso.indexOf("-", 1);
  const behind = BEHIND_YEAR[letter];
  return behind === undefined ? iso.slice(0, year) : iso.slice(year + behind, year + behind + 2);
}
