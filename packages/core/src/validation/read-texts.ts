import { valueAt } from "@cloudmarker/store-api";
import type { ErrorObject } from "ajv";
import { setOwn } from "../set-own.ts";
import { pathOf } from "./findings.ts";
import { takes } from "./plain-value.ts";
import type { Path } from "./schema-walk.ts";

/** How the values of params were written. */
export interface WrittenForms {
  /** Whether a value could only be given as text, as by an environment variable. */
  isText(path: Path): boolean;
  /** Whether a value is in a file: a person may have put quotes around it. */
  isInFile(path: Path): boolean;
  /** The characters of a value that was written without quotes, such as `0123`; undefined where they are not known. */
  textOf(path: Path): string | undefined;
}

/** Of values that come from a program: they are what they are. */
export const NOT_WRITTEN: WrittenForms = {
  isText: () => false,
  isInFile: () => false,
  textOf: () => undefined,
};

/** Keywords that a value can break by being of the wrong type. */
const KEYWORDS: ReadonlySet<string> = new Set(["type", "enum", "const"]);

/** A number that a JavaScript number holds, as people write it; no hexadecimal, no exponent. */
const NUMBER = /^-?\d{1,15}(\.\d{1,15})?$/;
const WHOLE = /^-?\d{1,15}$/;

/** True and false of YAML 1.1, which the predecessor reads; in YAML 1.2 they are texts. */
const YAML_11: Readonly<Record<string, boolean>> = { yes: true, on: true, no: false, off: false };

/**
 * Gives values of the wrong type the right one where what was written has it:
 * - where a text is wanted, a number, true or false is the text that it was written as (`password: 0123`);
 * - where a whole number is wanted, a text in a file that is one is that number (`port: "9200"`);
 * - where true or false is wanted, `yes`, `no`, `on` and `off` without quotes are those;
 * - what could only be given as text is read as any number, true or false.
 *
 * A value that its schema takes stays as it is: a union says which types there are, and the YAML which one it is.
 */
export function readTexts(params: unknown, errors: readonly ErrorObject[], written: WrittenForms): void {
  for (const error of errors) {
    if (!KEYWORDS.has(error.keyword)) continue;
    const path = pathOf(error.instancePath, params);
    const key = path.at(-1);
    const data: unknown = error.data;
    // An earlier error may have led to the right value already.
    if (key === undefined || !Object.is(valueAt(params, path), data) || isTakenElsewhere(errors, error)) continue;
    const read = formsOf(data, path, written).find((one) => fits(error, one));
    if (read !== undefined) setOwn(valueAt(params, path.slice(0, -1)), key, read);
  }
}

/** What else a value can be. */
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

/** Whether a value breaks the keyword no longer. */
function fits({ keyword, schema, parentSchema }: ErrorObject, value: string | number | boolean): boolean {
  const wanted: unknown = schema;
  if (keyword === "type") return takes(wanted, value);
  const isListed = keyword === "enum" ? Array.isArray(wanted) && wanted.includes(value) : wanted === value;
  return isListed && takes(parentSchema?.["type"], value);
}

/** Whether another branch of a union takes the type of the value, and only something else about it is wrong. */
function isTakenElsewhere(errors: readonly ErrorObject[], { instancePath, data }: ErrorObject): boolean {
  return errors.some(
    ({ keyword, instancePath: at, parentSchema }) =>
      at === instancePath &&
      !KEYWORDS.has(keyword) &&
      parentSchema?.["type"] !== undefined &&
      takes(parentSchema["type"], data),
  );
}
