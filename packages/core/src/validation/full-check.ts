import { valueAt } from "@cloudmarker/store-api";
import { setOwn } from "../set-own.ts";
import { isMap } from "../realms.ts";
import type { ErrorObject, ValidateFunction } from "ajv";

import { errorOf } from "../errors/error-of.ts";
import { compileSchema } from "./compile-schema.ts";
import { findingsOf, pathOf } from "./findings.ts";
import type { Draft } from "./normalize-schema.ts";
import { copyValue } from "./plain-value.ts";
import { NOT_WRITTEN, readTexts, type WrittenForms } from "./read-texts.ts";
import { certainSchemas } from "./schema-walk.ts";
import type { Path, Schema } from "./schema-walk.ts";
import { findHidden } from "./secrets.ts";
import { errorsOf } from "./unevaluated.ts";
import type { Finding } from "./wording.ts";

/** What {@link FullCheck} found. */
export interface CheckedParams {
  /** A deep copy of the params, with defaults. It is complete and valid only if there are no problems. */
  readonly params: Record<string, unknown>;
  /** All problems, in the order in which they were found. Their paths are paths in the configuration. */
  readonly problems: readonly Finding[];
  /**
   * If there are problems: the params without those that are wrong, with defaults, if these alone are valid. Its
   * other mistakes can then be found in the same round.
   */
  readonly sound?: Sound | undefined;
}

/** The valid part of params. */
export interface Sound {
  readonly params: Record<string, unknown>;
  /** Names of the params that were left out, and of those that were meant by them. */
  readonly without: readonly string[];
}

/** Checks params by ajv, and says what is wrong. */
export type FullCheck = (value: unknown, basePath: Path, written?: WrittenForms) => CheckedParams;

/** Compiles a schema. @throws CloudmarkerError PLUGIN_SCHEMA_INVALID */
export async function fullCheck(root: Schema, draft: Draft, pluginName: string): Promise<FullCheck> {
  const validate = await compileSchema(root, draft, pluginName);
  refuseBadDefaults(root, validate, pluginName);
  return (value, basePath, written) => check(root, validate, value, basePath, written);
}

/** Checks params that consist only of defaults, so that a user does not get the error of a wrong default. */
function refuseBadDefaults(root: Schema, validate: ValidateFunction, plugin: string): void {
  const params = {};
  if (validate(params)) return;
  const certain = certainSchemas(root);
  for (const { instancePath, parentSchema } of errorsOf(validate)) {
    // A condition may refuse a default only because other params are missing.
    if (instancePath === "" || !certain.has(parentSchema ?? {})) continue;
    throw errorOf("PLUGIN_SCHEMA_INVALID", "default", { plugin, param: pathOf(instancePath, params).join(".") });
  }
}

function check(
  root: Schema,
  validate: ValidateFunction,
  value: unknown,
  basePath: Path,
  written: WrittenForms = NOT_WRITTEN,
): CheckedParams {
  const inParams: WrittenForms = {
    isText: (path) => written.isText([...basePath, ...path]),
    isInFile: (path) => written.isInFile([...basePath, ...path]),
    textOf: (path) => written.textOf([...basePath, ...path]),
  };
  const copy = copyValue(value ?? {});
  // ajv checks conditions and unions before it fills in defaults, so only the second round checks everything.
  let unset: readonly Path[] = [];
  if (!validate(copy)) {
    const errors = errorsOf(validate);
    readTexts(copy, errors, inParams);
    unset = leaveOutEmpty(copy, errors);
  }
  let valid = validate(copy);
  if (!valid && putBackRequired(copy, errorsOf(validate), unset)) valid = validate(copy);
  const params = isMap(copy) ? copy : {};
  if (valid) return { params, problems: [] };

  const findings = findingsOf(errorsOf(validate), { root, value: copy, given: value, secrets: findHidden(root, copy) });
  const problems = findings.map(({ code, message, path, at }) => {
    const own = ownPart(value, path);
    const where = [...basePath, ...own];
    if (own.length === path.length) return { code, message, path: where, at };
    return {
      code,
      message: `${message} That is the default of the plugin: set another.`,
      path: where,
      at: "key" as const,
    };
  });
  return { params, problems, sound: soundPart(validate, copy, findings) };
}

/** The params without the wrong ones; undefined if they are not valid even so. */
function soundPart(validate: ValidateFunction, params: unknown, findings: readonly Finding[]): Sound | undefined {
  if (!isMap(params)) return undefined;
  const wrong = new Set(findings.map(({ path }) => String(path[0])));
  const copy = copyValue(Object.fromEntries(Object.entries(params).filter(([key]) => !wrong.has(key))));
  if (!isMap(copy) || !validate(copy)) return undefined;
  const meant = findings.flatMap(({ param }) => (param ? [String(param[0])] : []));
  return { params: copy, without: [...wrong, ...meant] };
}

/**
 * Removes an empty text that the schema refuses: `${VAR:-}` gives it for a variable that is not set, so the key counts
 * as not set (L-48).
 * @returns the paths of what was removed
 */
function leaveOutEmpty(params: unknown, errors: readonly ErrorObject[]): Path[] {
  const unset: Path[] = [];
  for (const { instancePath, data } of errors) {
    if (data !== "") continue;
    const path = pathOf(instancePath, params);
    const holder = valueAt(params, path.slice(0, -1));
    // Items of a list stay: removing one would move the next ones.
    if (!isMap(holder) || valueAt(params, path) !== "") continue;
    delete holder[String(path.at(-1))];
    unset.push(path);
  }
  return unset;
}

/**
 * Puts back empty values that the schema requires: "must not be empty" is a better message than "is missing". @returns
 * whether there was any
 */
function putBackRequired(params: unknown, errors: readonly ErrorObject[], unset: readonly Path[]): boolean {
  const missing = new Set(
    errors.flatMap(({ keyword, instancePath, params: { missingProperty } }) =>
      keyword === "required" ? [JSON.stringify([...pathOf(instancePath, params), missingProperty])] : [],
    ),
  );
  const wanted = unset.filter((path) => missing.has(JSON.stringify(path)));
  for (const path of wanted) setOwn(valueAt(params, path.slice(0, -1)), path.at(-1) ?? "", "");
  return wanted.length > 0;
}

/** The part of a path that is in the configuration and not in the defaults. */
function ownPart(value: unknown, path: Path): Path {
  const missing = path.findIndex((_, index) => valueAt(value, path.slice(0, index + 1)) === undefined);
  return missing === -1 ? path : path.slice(0, missing);
}
