import { valueAt } from "@cloudmarker/store-api";
import type { ErrorObject } from "ajv";
import { parseDuration } from "../quantities.ts";
import { setOwn } from "../set-own.ts";
import { pathOf } from "./findings.ts";
import { isDuration } from "./without-unit.ts";
import { takes } from "./plain-value.ts";
import type { Path } from "./schema-walk.ts";

/** How the values of params were written. */
export interface WrittenForms {
  /** Whether a value could only be given as text, as in an environment variable. */
  isText(path: Path): boolean;
  /** Whether a value is in a file, where a person may have put it in quotes. */
  isInFile(path: Path): boolean;
  /** The characters of a value that was written without quotes, such as `0123`; undefined if they are unknown. */
  textOf(path: Path): string | undefined;
}

/** For values that come from a program: they are not converted. */
export const NOT_WRITTEN: WrittenForms = {
  isText: () => false,
  isInFile: () => false,
  textOf: () => undefined,
};

/** Keywords that a value of the wrong type can break. */
const KEYWORDS: ReadonlySet<string> = new Set(["type", "enum", "const"]);

/** A number as people write it, short enough for a JavaScript number: not hexadecimal, no exponent. */
const NUMBER = /^-?\d{1,15}(\.\d{1,15})?$/;
const WHOLE = /^-?\d{1,15}$/;

/** True and false of YAML 1.1, which the predecessor reads; in YAML 1.2 they are texts. */
const YAML_11: Readonly<Record<string, boolean>> = { yes: true, on: true, no: false, off: false };

/**
 * Converts values of the wrong type, if the written text has the right type:
 * - if a text is wanted, a number, true or false becomes its written text (`password: 0123`);
 * - if a whole number is wanted, a text in a file that looks like one becomes that number (`port: "9200"`);
 * - if true or false is wanted, `yes`, `no`, `on` and `off` without quotes become true or false;
 * - if a duration is wanted, a text such as `30s` becomes its milliseconds;
 * - a value that could only be given as text becomes any number, true or false.
 *
 * A value that its schema accepts is not changed: a union names the types, and the YAML decides between them.
 */
export function readTexts(params: unknown, errors: readonly ErrorObject[], written: WrittenForms): void {
  for (const error of errors) {
    if (!KEYWORDS.has(error.keyword)) continue;
    const path = pathOf(error.instancePath, params);
    const key = path.at(-1);
    const data: unknown = error.data;
    // The value may have been converted already, for an earlier error.
    if (key === undefined || !Object.is(valueAt(params, path), data) || isTakenElsewhere(errors, error)) continue;
    const read = [...formsOf(data, path, written), ...durationOf(data, error)].find((one) => fits(error, one));
    if (read !== undefined) setOwn(valueAt(params, path.slice(0, -1)), key, read);
  }
}

/** The milliseconds of a text such as `30s`, where the schema says that a param is a duration. */
function durationOf(data: unknown, { parentSchema }: ErrorObject): readonly number[] {
  const ms = isDuration(parentSchema) ? parseDuration(data) : undefined;
  return ms === undefined ? [] : [ms];
}

/** The other forms of a value. */
function formsOf(data: unknown, path: Path, written: WrittenForms): readonly (string | number | boolean)[] {
  const text = written.textOf(path);
  if (typeof data === "number" || typeof data === "boolean") return text === undefined ? [] : [text];
  if (typeof data !== "string") return [];
  if (written.isText(path)) {
    if (data === "true" || data === "false") return [data === "true"];
    return NUMBER.test(data) ? [Number(data)] : [];
  }
  if (WHOLE.test(data)) return written.isInFile(path) ? [Number(data)] : [];
  const word = text?.toLowerCase() ?? "";
  const flag = Object.hasOwn(YAML_11, word) ? YAML_11[word] : undefined;
  return flag === undefined ? [] : [flag];
}

/** Whether a value satisfies the keyword. */
function fits({ keyword, schema, parentSchema }: ErrorObject, value: string | number | boolean): boolean {
  const wanted: unknown = schema;
  if (keyword === "type") return takes(wanted, value);
  const isListed = keyword === "enum" ? Array.isArray(wanted) && wanted.includes(value) : wanted === value;
  return isListed && takes(parentSchema?.["type"], value);
}

/** Whether another branch of a union accepts the type of the value, so that only something else about it is wrong. */
function isTakenElsewhere(errors: readonly ErrorObject[], { instancePath, data }: ErrorObject): boolean {
  return errors.some(
    ({ keyword, instancePath: at, parentSchema }) =>
      at === instancePath &&
      !KEYWORDS.has(keyword) &&
      parentSchema?.["type"] !== undefined &&
      takes(parentSchema["type"], data),
  );
}
