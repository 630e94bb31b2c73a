import { isMap } from "../realms.ts";
import { formatPointer, parsePointer, valueAt } from "@cloudmarker/store-api";
import type { ErrorObject } from "ajv";

import { either, label, list, note, show, shownKey, typeWords } from "./show.ts";
import { inPlace, reachable } from "./schema-walk.ts";
import type { Path, Schema } from "./schema-walk.ts";
import { chooseBranch, tagValues } from "./union.ts";
import { describe, finding, findingOf, missing, notListed } from "./wording.ts";
import type { Fault, Finding } from "./wording.ts";

/** Keywords for which ajv first reports the errors of the subschemas, then the keyword itself. */
const COMPOSITE = new Set(["anyOf", "oneOf", "contains", "propertyNames"]);

/** Keywords that say more about a wrong value than its type does. */
const PRECISE = new Set(["enum", "const"]);

/** What messages need besides ajv's errors. */
export interface Subject {
  readonly root: Schema;
  /** The params, defaults included. */
  readonly value: unknown;
  /** The params without defaults. */
  readonly given: unknown;
  readonly secrets: readonly Path[];
}

/**
 * Turns ajv's errors into findings for a person. For a union, only the branch that was meant is reported; for several
 * errors about one thing, only the best one. Nothing else is dropped, so a missing key is reported beside any other
 * problem. There is always at least one finding.
 */
export function findingsOf(errors: readonly ErrorObject[], subject: Subject): Finding[] {
  const findings = reduce(errors, subject);
  if (findings.length === 0) return [unexplained(errors)];
  const seen = new Set<string>();
  // A key that is there under another name is not missing.
  const meant = new Set(
    findings.flatMap(({ code, param }) => (code === "unknown_key" && param ? [formatPointer(param)] : [])),
  );
  return findings.filter(({ code, message, param }) => {
    if (code === "required" && param && meant.has(formatPointer(param))) return false;
    // A key that is missing for two reasons is one problem. Otherwise only equal sentences are.
    const key = code === "required" ? (message.split(" is missing", 1)[0] ?? message) : message;
    return !seen.has(key) && Boolean(seen.add(key));
  });
}

/** The message if no other one applies. It does not show the value, which may be a secret. */
function unexplained(errors: readonly ErrorObject[]): Finding {
  const reasons = [...new Set(errors.map(({ keyword, schemaPath }) => `${keyword} (${schemaPath})`))];
  const message = `params do not fit the schema of the plugin: ${list(reasons)}. Cloudmarker has no better message for this; please report it.`;
  return { code: "unexplained", message, path: [], at: "key" };
}

function reduce(errors: readonly ErrorObject[], subject: Subject): Finding[] {
  const findings: Finding[] = [];
  const wrongType = placesOf(errors, (keyword) => keyword === "type");
  const wrongValue = placesOf(errors, (keyword) => PRECISE.has(keyword));
  // From the end, since ajv reports a union after the errors of its branches. So the outermost union comes first.
  for (let i = errors.length - 1; i >= 0; i--) {
    const error = errors[i];
    if (error === undefined) continue;
    if (COMPOSITE.has(error.keyword)) {
      const start = startOfInner(errors, i, subject.root);
      findings.unshift(...composite(error, errors.slice(start, i), subject));
      i = start;
      continue;
    }
    const { keyword } = error;
    const schemas = keyword === "type" ? wrongValue : wrongType;
    if (!PRECISE.has(keyword) && schemas.get(error.instancePath)?.has(error.parentSchema)) continue;
    const found =
      keyword === "discriminator"
        ? wrongTag(
            error,
            String(error.params.tag),
            tagValues(subject.root, error.parentSchema?.oneOf, String(error.params.tag)),
            subject,
          )
        : findingOf(faultOf(error, subject));
    findings.unshift(...[found ?? []].flat());
  }
  return findings;
}

/** The places at which a keyword was broken, and the schemas that have it. */
function placesOf(errors: readonly ErrorObject[], wanted: (keyword: string) => boolean): Map<string, Set<unknown>> {
  const places = new Map<string, Set<unknown>>();
  for (const { keyword, instancePath, parentSchema } of errors) {
    if (!wanted(keyword)) continue;
    const schemas = places.get(instancePath) ?? new Set();
    places.set(instancePath, schemas.add(parentSchema));
  }
  return places;
}

/** ajv's schema paths are wrong behind a `$ref`. The schema objects show which errors came from inside a union. */
function startOfInner(errors: readonly ErrorObject[], end: number, root: Schema): number {
  const error = errors[end];
  const inside = reachable(root, subschemasOf(error));
  let start = end;
  while (start > 0) {
    const before = errors[start - 1];
    if (!before?.instancePath.startsWith(error?.instancePath ?? "") || !inside.has(before.parentSchema ?? {})) break;
    start--;
  }
  return start;
}

function subschemasOf(error: ErrorObject | undefined): readonly unknown[] {
  const value: unknown = error?.parentSchema?.[error.keyword];
  return Array.isArray(value) ? value : [value];
}

function composite(error: ErrorObject, inner: readonly ErrorObject[], subject: Subject): Finding[] {
  const fault = faultOf(error, subject);
  const { root, name, secret, data, schema } = fault;
  if (error.keyword !== "anyOf" && error.keyword !== "oneOf") {
    return [findingOf(fault) ?? []].flat();
  }

  const branches = subschemasOf(error);
  const passing = error.params.passingSchemas as readonly number[] | null | undefined;
  if (passing) {
    const fits = passing.map((index) => describe(root, branches[index])).join("; ");
    return [
      finding(fault, "union", `${name} fits more than one alternative, must fit exactly one: ${fits}.${note(schema)}`),
    ];
  }

  const choice = chooseBranch(root, branches, data);
  if (choice.kind === "values") return [notListed(fault, choice.known)];
  if (choice.kind === "tag") return [wrongTag(error, choice.tag, choice.known, subject)];
  if (choice.kind === "branch") {
    const found = reduce(innerOf(error, branches[choice.index], inner, root), subject);
    if (found.length > 0) return found;
  }
  const typeFits = choice.kind !== "none" || choice.typeFits;
  const shown = typeFits && !secret ? show(data) : typeWords(data, secret);
  const alternatives = either(branches.map((branch) => describe(root, branch)));
  return [finding(fault, "union", `${name} is ${shown}, must be ${alternatives}.${note(schema)}`)];
}

/**
 * The errors of one branch. In a recursive schema every branch can be reached from every other, but not at the same
 * value.
 */
function innerOf(union: ErrorObject, branch: unknown, errors: readonly ErrorObject[], root: Schema): ErrorObject[] {
  const here = inPlace(root, [branch].filter(isMap));
  const below = reachable(root, [branch]);
  return errors.filter(({ instancePath, parentSchema }) =>
    (instancePath === union.instancePath ? here : below).has(parentSchema ?? {}),
  );
}

/** The key that tells the branches of a union apart is missing, or no branch knows its value. */
function wrongTag(error: ErrorObject, tag: string, known: readonly unknown[], subject: Subject): Finding {
  const { data } = error;
  if (!isMap(data) || !Object.hasOwn(data, tag)) return missing(faultOf(error, subject), tag, undefined, known);
  const instancePath = error.instancePath + formatPointer([tag]);
  return notListed(faultOf({ ...error, instancePath, data: data[tag] }, subject), known);
}

function faultOf(error: ErrorObject, { root, value, given, secrets }: Subject): Fault {
  const whole = pathOf(error.instancePath, value);
  const secret = secrets.find((path) => path.every((key, index) => whole[index] === key));
  const schema: Schema = error.parentSchema ?? {};
  const { keyword, data, params } = error;
  const shown = whole.map((key) => (typeof key === "string" ? shownKey(key, data) : key));
  const name = secret && secret.length < whole.length ? `${label(secret)}…` : label(shown);
  return {
    keyword,
    path: secret ?? whole,
    name,
    secret: secret !== undefined,
    data,
    given: valueAt(given, whole),
    wanted: schema[keyword],
    schema,
    params,
    root,
  };
}

/** The keys of ajv's pointer. Indexes of lists are numbers. */
export function pathOf(pointer: string, value: unknown): Path {
  const path: (string | number)[] = [];
  for (const key of parsePointer(pointer)) {
    path.push(Array.isArray(valueAt(value, path)) ? Number(key) : key);
  }
  return path;
}
