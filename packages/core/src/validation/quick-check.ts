import { setOwn } from "../set-own.ts";
import { isMap } from "../realms.ts";
import { copyValue, takes } from "./plain-value.ts";
import type { Schema } from "./schema-walk.ts";

/** Says whether a value is valid, and fills in its defaults in place. */
export type QuickCheck = (value: unknown) => boolean;

const TYPES = new Set(["string", "number", "integer", "boolean", "object", "array", "null"]);
const NOTES = new Set([
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
  "$comment",
  "x-unit",
  "x-also",
]);

/** Makes the check of each supported keyword from its value; undefined if ajv must check that value. */
const KEYWORDS: Readonly<Record<string, (wanted: unknown, schema: Schema) => QuickCheck | undefined>> = {
  type: (wanted) => {
    const names: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted];
    return names.length > 0 && names.every((name) => TYPES.has(String(name)))
      ? (value) => takes(wanted, value)
      : undefined;
  },
  enum: (wanted) => {
    if (!Array.isArray(wanted) || wanted.length === 0 || wanted.some((one) => typeof one === "object"))
      return undefined;
    return (value) => wanted.includes(value);
  },
  const: (wanted) => (typeof wanted === "object" ? undefined : (value) => value === wanted),
  minLength: (wanted) =>
    typeof wanted === "number" ? (value) => typeof value !== "string" || [...value].length >= wanted : undefined,
  minItems: (wanted) =>
    typeof wanted === "number" ? (value) => !Array.isArray(value) || value.length >= wanted : undefined,
  minimum: (wanted) =>
    typeof wanted === "number" ? (value) => typeof value !== "number" || value >= wanted : undefined,
  maximum: (wanted) =>
    typeof wanted === "number" ? (value) => typeof value !== "number" || value <= wanted : undefined,
  pattern: (wanted) => {
    if (typeof wanted !== "string") return undefined;
    const pattern = regExp(wanted);
    return pattern && ((value) => typeof value !== "string" || pattern.test(value));
  },
  required: (wanted) => {
    if (!Array.isArray(wanted) || wanted.some((key) => typeof key !== "string")) return undefined;
    return (value) => !isMap(value) || wanted.every((key) => Object.hasOwn(value, key) && value[key] !== undefined);
  },
  additionalProperties: (wanted, { properties }) => {
    if (properties !== undefined && !isMap(properties)) return undefined;
    const check = typeof wanted === "boolean" ? () => wanted : quickCheck(wanted);
    if (!check) return undefined;
    const own = properties ?? {};
    return (value) => !isMap(value) || Object.keys(value).every((key) => Object.hasOwn(own, key) || check(value[key]));
  },
  properties: (wanted) => {
    if (!isMap(wanted)) return undefined;
    const checks = Object.entries(wanted).map(([key, schema]) => ({ key, schema, check: quickCheck(schema) }));
    if (checks.some(({ check }) => check === undefined)) return undefined;
    return (value) => {
      if (!isMap(value)) return true;
      for (const { key, schema } of checks)
        if (isMap(schema) && schema.default !== undefined && value[key] === undefined)
          setOwn(value, key, copyValue(schema.default));
      return checks.every(
        ({ key, check }) => !Object.hasOwn(value, key) || value[key] === undefined || check?.(value[key]),
      );
    };
  },
  items: (wanted) => {
    const check = quickCheck(wanted);
    return check && ((value) => !Array.isArray(value) || value.every(check));
  },
};

/**
 * A check for simple schemas; undefined for any other. Loading ajv and compiling a schema takes 30 % of the processor
 * time of a start of `check` or `write` with FileStore (42 of 139 ms, November 2026). Params that this check accepts
 * need no ajv. ajv checks params that this check does not accept, and every schema with a keyword that is not in the
 * table or has a value of the wrong kind. Tests compare it with ajv.
 */
export function quickCheck(schema: unknown): QuickCheck | undefined {
  if (!isMap(schema)) return undefined;
  const checks: QuickCheck[] = [];
  for (const [keyword, wanted] of Object.entries(schema)) {
    if (NOTES.has(keyword)) continue;
    const check = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword]?.(wanted, schema) : undefined;
    if (!check) return undefined;
    // `properties` goes first, since a default satisfies `required`.
    if (keyword === "properties") checks.unshift(check);
    else checks.push(check);
  }
  return (value) => checks.every((check) => check(value));
}

function regExp(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return undefined;
  }
}
