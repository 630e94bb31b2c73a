import { parsePointer, valueAt } from "@cloudmarker/store-api";
import { isMap } from "../realms.ts";

/** An object schema as plain JSON. After `normalizeSchema` every `$ref` in it is `#` or `#/json/pointer`. */
export type Schema = Record<string, unknown>;

/** A place in a value: object keys and array indexes. */
export type Path = readonly (string | number)[];

/** Keywords whose value maps names to schemas. */
const MAPS = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"];
/** Keywords whose value is one schema, or (in draft-07 `items`) a list of them. */
const SCHEMAS = [
  "allOf",
  "anyOf",
  "oneOf",
  "prefixItems",
  "not",
  "if",
  "then",
  "else",
  "contains",
  "propertyNames",
].concat([
  "additionalProperties",
  "unevaluatedProperties",
  "items",
  "additionalItems",
  "unevaluatedItems",
  "contentSchema",
]);

/** A schema directly below another, and its place there. */
export interface Child {
  readonly keyword: string;
  /** From the parent, such as `["properties", "path"]`. */
  readonly path: readonly string[];
  readonly schema: Schema | boolean;
}

/** Every schema directly below `schema`. Lists of names (draft-07 `dependencies`) are skipped. */
export function* childrenOf(schema: Schema): Generator<Child> {
  for (const keyword of MAPS) {
    const map = schema[keyword];
    if (!isMap(map)) continue;
    for (const [name, child] of Object.entries(map))
      if (isSchema(child)) yield { keyword, path: [keyword, name], schema: child };
  }
  for (const keyword of SCHEMAS) {
    const value = schema[keyword];
    if (Array.isArray(value)) {
      for (const [index, child] of value.entries())
        if (isSchema(child)) yield { keyword, path: [keyword, String(index)], schema: child };
    } else if (isSchema(value)) yield { keyword, path: [keyword], schema: value };
  }
}

function isSchema(value: unknown): value is Schema | boolean {
  return typeof value === "boolean" || isMap(value);
}

/** The JSON value at a pointer such as `/$defs/tls`; undefined if there is none. */
export function atPointer(root: unknown, pointer: string): unknown {
  return valueAt(root, parsePointer(pointer));
}

/** What the `$ref` of a normalised schema points to. */
export function targetOf(root: Schema, schema: Schema): Schema | undefined {
  if (typeof schema.$ref !== "string") return undefined;
  const target = atPointer(root, decodeURIComponent(schema.$ref.slice(1)));
  return isMap(target) ? target : undefined;
}

const ALWAYS = new Set(["allOf"]);
const SOMETIMES = new Set(["allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas", "dependencies"]);

/**
 * The schemas that apply to the same value as these: the schemas themselves, those behind `$ref` and `allOf`, and
 * (unless `certainOnly`) the branches that may apply: `anyOf`, `oneOf`, `if`, `dependentSchemas`.
 */
export function inPlace(root: Schema, schemas: Iterable<Schema>, certainOnly = false): Set<Schema> {
  const keywords = certainOnly ? ALWAYS : SOMETIMES;
  const found = new Set(schemas);
  // The loop over a Set also visits what is added during the loop.
  for (const schema of found) {
    const target = targetOf(root, schema);
    if (target) found.add(target);
    for (const child of childrenOf(schema))
      if (keywords.has(child.keyword) && isMap(child.schema)) found.add(child.schema);
  }
  return found;
}

/** Every schema that can be reached from these, at any depth and through `$ref`. */
export function reachable(root: Schema, schemas: Iterable<unknown>): Set<Schema> {
  const found = new Set([...schemas].filter(isMap));
  for (const schema of found) {
    const target = targetOf(root, schema);
    if (target) found.add(target);
    for (const child of childrenOf(schema)) if (isMap(child.schema)) found.add(child.schema);
  }
  return found;
}

/** The schemas that always apply: the root, its properties, and their properties, without unions and conditions. */
export function certainSchemas(root: Schema): Set<Schema> {
  const found = new Set([root]);
  for (const schema of found) {
    for (const same of inPlace(root, [schema], true)) found.add(same);
    for (const child of childrenOf(schema))
      if (child.keyword === "properties" && isMap(child.schema)) found.add(child.schema);
  }
  return found;
}

/** Every property that the schema, or a schema that may apply to the same object, names; the first declaration wins. */
export function propertiesOf(root: Schema, schemas: Iterable<Schema>): Map<string, Schema> {
  const properties = new Map<string, Schema>();
  for (const schema of inPlace(root, schemas)) {
    if (!isMap(schema.properties)) continue;
    for (const [name, property] of Object.entries(schema.properties))
      if (!properties.has(name)) properties.set(name, isMap(property) ? property : {});
  }
  return properties;
}
