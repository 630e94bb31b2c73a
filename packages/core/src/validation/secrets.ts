import { setOwn } from "../set-own.ts";
import { isMap } from "../realms.ts";
import { MASK, type ParamsSchema, valueAt } from "@cloudmarker/store-api";

import { normalizeSchema } from "./normalize-schema.ts";
import { copyValue, isPlain, takes } from "./plain-value.ts";
import { inPlace, reachable } from "./schema-walk.ts";
import type { Path, Schema } from "./schema-walk.ts";

/** Deeper levels of a value are not checked; they count as a secret as a whole. */
const MAX_DEPTH = 100;

/**
 * Paths of the values that the schema marks `writeOnly`, also behind `$ref`, unions and conditions. A branch counts
 * even if it does not apply: a value that may be a secret is treated as a secret. Paths below a secret are not listed.
 * @throws CloudmarkerError PLUGIN_SCHEMA_INVALID
 */
export function secretPaths(schema: ParamsSchema, value: unknown): Path[] {
  const { root } = normalizeSchema(schema, schema.title ?? "without a name");
  return pathsOf(root, value, (kind) => kind === "secret");
}

/** A deep copy of params in which {@link MASK} replaces every secret that is set. For all output. */
export function maskSecrets(schema: ParamsSchema, value: unknown): unknown {
  const copy = copyValue(value);
  for (const path of secretPaths(schema, value)) {
    const key = path.at(-1);
    if (key === undefined) return MASK;
    setOwn(valueAt(copy, path.slice(0, -1)), key, MASK);
  }
  return copy;
}

/**
 * Whether params have a value that must not be kept: a secret, or a value that the schema does not name, such as a
 * header.
 * @throws CloudmarkerError PLUGIN_SCHEMA_INVALID
 */
export function hasSecrets(schema: ParamsSchema, value: unknown): boolean {
  const { root } = normalizeSchema(schema, schema.title ?? "without a name");
  return findHidden(root, value).length > 0;
}

/** Paths of the values that no message may show: secrets, and values that the schema does not name, such as headers. */
export function findHidden(root: Schema, value: unknown): Path[] {
  return pathsOf(root, value, (kind) => kind !== "public");
}

function pathsOf(root: Schema, value: unknown, wanted: (kind: Secrecy) => boolean): Path[] {
  const found: Path[] = [];
  visitParams(root, value, (path, _, kind) => {
    if (wanted(kind)) found.push(path);
  });
  return found;
}

/**
 * What a schema says about a param. `secret`: it is a secret. `public`: it is named and not a secret. `unnamed`: it is
 * allowed but not named, such as a header or label, so it may be a secret. `unknown`: it is not allowed, such as a
 * misspelt key.
 */
export type Secrecy = "secret" | "public" | "unnamed" | "unknown";

/**
 * Visits every secret as a whole, and every other single value of params.
 * @param visit - `node` is an object only where it is a secret or empty
 */
export function visitParams(
  root: Schema,
  value: unknown,
  visit: (path: Path, node: unknown, kind: Secrecy) => void,
): void {
  /** A value without a schema may contain itself. */
  const seen = new Set<unknown>();
  go([root], value, [], "public");

  function go(schemas: Iterable<Schema>, node: unknown, path: Path, kind: Secrecy): void {
    if (node === undefined) return;
    const here = inPlace(root, schemas);
    const secret = path.length > MAX_DEPTH || [...here].some((schema) => schema.writeOnly === true);
    // A value that is not set is not a secret.
    if (node === null) return visit(path, node, secret ? "public" : kind);
    if (secret || isMisplacedSecret(root, here, node)) return visit(path, node, "secret");
    if (typeof node !== "object") return visit(path, node, kind);
    for (const [key, child] of Object.entries(node)) {
      const index = Array.isArray(node) ? Number(key) : key;
      const below = [...here].flatMap((schema) => schemasBelow(schema, index));
      const isFree = below.length === 0 && typeof child === "object" && child !== null;
      if (isFree && (!isPlain(child) || seen.has(child))) continue;
      if (isFree) seen.add(child);
      const named = typeof index === "number" || [...here].some((schema) => names(schema, index));
      const closed = below.length === 0 && [...here].some(isClosed);
      const known = typeof index === "number" || kind === "unknown" ? kind : "public";
      const stranger = closed || kind === "unknown" ? "unknown" : "unnamed";
      go(below, child, [...path, index], named ? known : stranger);
    }
  }
}

function isClosed({ additionalProperties, unevaluatedProperties }: Schema): boolean {
  return additionalProperties === false || unevaluatedProperties === false;
}

function names({ properties }: Schema, key: string): boolean {
  return isMap(properties) && Object.hasOwn(properties, key);
}

/** A scalar in place of an object with secrets, such as `auth: "user:password"`, is probably a secret. */
function isMisplacedSecret(root: Schema, schemas: Set<Schema>, node: unknown): boolean {
  if (typeof node === "object") return false;
  for (const schema of schemas) {
    const { type, const: only, enum: list } = schema;
    const says = type !== undefined || only !== undefined || list !== undefined;
    const fits =
      takes(type, node) && (only === undefined || only === node) && (!Array.isArray(list) || list.includes(node));
    if (says && fits) return false;
  }
  return [...reachable(root, schemas)].some((schema) => schema.writeOnly === true);
}

/**
 * The schemas for one key or index. They may be more than in the standard; then too much is masked, which does no harm.
 */
function schemasBelow(schema: Schema, key: string | number): Schema[] {
  const { properties, patternProperties, prefixItems, items } = schema;
  const found: unknown[] = [];
  if (typeof key === "number") {
    const isOldTuple = Array.isArray(items);
    const tuple: unknown = isOldTuple ? items : prefixItems;
    const inTuple = Array.isArray(tuple) && key < tuple.length;
    const rest = isOldTuple ? schema.additionalItems : items;
    found.push(inTuple ? tuple[key] : rest, schema.unevaluatedItems, schema.contains);
  } else {
    if (isMap(properties) && Object.hasOwn(properties, key)) found.push(properties[key]);
    if (isMap(patternProperties))
      for (const [pattern, child] of Object.entries(patternProperties))
        if (new RegExp(pattern, "u").test(key)) found.push(child);
    if (found.length === 0) found.push(schema.additionalProperties, schema.unevaluatedProperties);
  }
  return found.filter(isMap);
}
