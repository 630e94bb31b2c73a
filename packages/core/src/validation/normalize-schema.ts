import { isMap } from "../realms.ts";
import { formatPointer } from "@cloudmarker/store-api";
import { errorOf } from "../errors/error-of.ts";
import { setOwn } from "../set-own.ts";
import { atPointer, childrenOf, inPlace, propertiesOf, targetOf } from "./schema-walk.ts";
import type { Schema } from "./schema-walk.ts";

/** The drafts of JSON Schema that plugins may use. */
export type Draft = "2020-12" | "draft-07";

/** A normalised copy of a plugin's schema: every `$ref` is a local pointer, and it has no ids that could clash. */
export interface NormalSchema {
  readonly root: Schema;
  readonly draft: Draft;
}

/**
 * Copies the params schema of a plugin and normalises it. The schema comes from a third party. It must be JSON, an
 * object schema of a known draft, and refer only to itself: nothing is ever fetched.
 * @throws CloudmarkerError PLUGIN_SCHEMA_INVALID
 */
export function normalizeSchema(schema: unknown, plugin: string): NormalSchema {
  const root = copyOf(schema, plugin);
  if (!isMap(root)) throw errorOf("PLUGIN_SCHEMA_INVALID", "noObject", { plugin });
  if (root.type !== "object") throw errorOf("PLUGIN_SCHEMA_INVALID", "topType", { plugin });
  const draft = draftOf(root.$schema, plugin);
  localizeRefs(root, plugin, draft);
  return { root, draft };
}

/** Closes the schema in place, so that it refuses params that it does not name, unless it has its own rule for them. */
export function closeSchema(root: Schema): void {
  if (root.additionalProperties !== undefined || root.unevaluatedProperties !== undefined) return;
  // `additionalProperties` only knows the `properties` beside it, so the properties of `allOf`, `oneOf` and so on are
  // added here.
  const named = isMap(root.properties) ? root.properties : {};
  for (const name of propertiesOf(root, [root]).keys()) if (!Object.hasOwn(named, name)) setOwn(named, name, {});
  const patterns: Schema = {};
  for (const schema of inPlace(root, [root]))
    if (isMap(schema.patternProperties))
      Object.assign(patterns, Object.fromEntries(Object.keys(schema.patternProperties).map((key) => [key, {}])));
  if (isMap(root.patternProperties)) Object.assign(patterns, root.patternProperties);
  Object.assign(root, { properties: named, additionalProperties: false });
  if (Object.keys(patterns).length > 0) root.patternProperties = patterns;
}

function copyOf(schema: unknown, plugin: string): unknown {
  try {
    return JSON.parse(JSON.stringify(schema ?? null));
  } catch (cause) {
    throw errorOf("PLUGIN_SCHEMA_INVALID", "notJson", { plugin, cause }, { cause });
  }
}

function draftOf($schema: unknown, plugin: string): Draft {
  if ($schema === undefined) return "2020-12";
  const uri = String($schema).replace(/#$/, "");
  if (/^https?:\/\/json-schema\.org\/draft\/2020-12\/schema$/.test(uri)) return "2020-12";
  if (/^https?:\/\/json-schema\.org\/draft-07\/schema$/.test(uri)) return "draft-07";
  throw errorOf("PLUGIN_SCHEMA_INVALID", "draft", { plugin, draft: $schema });
}

/** A schema in the document, with the URI to which its references are relative. */
interface Place {
  readonly schema: Schema;
  readonly base: string;
  readonly pointer: string;
}

function localizeRefs(root: Schema, plugin: string, draft: Draft): void {
  const places: Place[] = [];
  const pointers = new Map<string, string>();
  collect({ schema: root, base: "params:/schema", pointer: "" });

  // All references are resolved before the first is rewritten, since a pointer may pass through a place with its own
  // `$ref`.
  const refs = places.map((place) => (place.schema.$ref === undefined ? undefined : resolve(place)));
  for (const [index, { schema }] of places.entries()) {
    for (const key of ["$id", "$anchor", "$dynamicAnchor", "$schema"]) delete schema[key];
    separateProto(schema);
    if (refs[index] !== undefined) schema.$ref = `#${refs[index]}`;
    for (const { keyword, path, schema: child } of childrenOf(schema)) {
      // ajv reports a `false` without its schema. `{ not: {} }` means the same and can be found again.
      if (child === false && path.length === 2) setOwn(schema[keyword] as Schema, path[1] ?? "", { not: {} });
      if (child === false && (keyword === "then" || keyword === "else")) schema[keyword] = { not: {} };
    }
  }
  for (const { schema, pointer } of places) {
    if (schema.$ref !== undefined && !targetOf(root, schema))
      throw errorOf("PLUGIN_SCHEMA_INVALID", "noTarget", { plugin, ref: schema.$ref });
    const keyword = keywordOfProto(schema);
    if (keyword !== undefined) throw errorOf("PLUGIN_SCHEMA_INVALID", "protoKey", { plugin, pointer, keyword });
  }

  function collect({ schema, base, pointer }: Place): void {
    for (const keyword of ["$dynamicRef", "$recursiveRef", "$async"])
      if (schema[keyword] !== undefined)
        throw errorOf("PLUGIN_SCHEMA_INVALID", "keyword", { plugin, pointer, keyword });
    // In draft-07 all keywords beside a reference are ignored.
    const isId = typeof schema.$id === "string" && !(draft === "draft-07" && schema.$ref !== undefined);
    const uri = isId ? absolute(String(schema.$id), base) : base;
    const own = uri.includes("#") && !uri.endsWith("#") ? base : uri.replace(/#$/, "");
    if (own !== base || pointer === "") {
      if (pointers.has(own)) throw errorOf("PLUGIN_SCHEMA_INVALID", "sameId", { plugin, id: schema.$id });
      pointers.set(own, pointer);
    } else if (uri !== base) pointers.set(uri, pointer);
    for (const anchor of [schema.$anchor, schema.$dynamicAnchor])
      if (typeof anchor === "string") pointers.set(`${own}#${anchor}`, pointer);
    places.push({ schema, base: own, pointer });
    for (const child of childrenOf(schema))
      if (isMap(child.schema))
        collect({ schema: child.schema, base: own, pointer: pointer + formatPointer(child.path) });
  }

  function absolute(reference: string, base: string): string {
    try {
      return new URL(reference, base).href;
    } catch (cause) {
      throw errorOf("PLUGIN_SCHEMA_INVALID", "reference", { plugin, ref: reference }, { cause });
    }
  }

  function resolve({ schema, base, pointer }: Place): string {
    const uri = absolute(String(schema.$ref), base);
    const hash = uri.indexOf("#");
    const [document, fragment] = hash === -1 ? [uri, ""] : [uri.slice(0, hash), uri.slice(hash + 1)];
    const known = fragment === "" || fragment.startsWith("/") ? pointers.get(document) : pointers.get(uri);
    const target = known === undefined ? undefined : known + (fragment.startsWith("/") ? fragment : "");
    if (target !== undefined && atPointer(root, decodeURIComponent(target)) !== undefined) return target;
    throw errorOf("PLUGIN_SCHEMA_INVALID", "outside", { plugin, pointer, ref: schema.$ref });
  }
}

/** A keyword for which ajv would accept what the schema excludes, or refuse what it allows. */
function keywordOfProto(schema: Schema): string | undefined {
  for (const keyword of ["dependencies", "dependentRequired", "dependentSchemas"])
    if (isMap(schema[keyword]) && Object.hasOwn(schema[keyword], "__proto__")) return keyword;
  return undefined;
}

/** ajv ignores a property called `__proto__`, but checks it if a pattern matches it. */
function separateProto(schema: Schema): void {
  const { properties, patternProperties = {} } = schema;
  if (!isMap(properties) || !Object.hasOwn(properties, "__proto__") || !isMap(patternProperties)) return;
  const pattern = "^__proto__$";
  const known = Object.hasOwn(patternProperties, pattern) ? [patternProperties[pattern]] : [];
  const own = Object.getOwnPropertyDescriptor(properties, "__proto__")?.value as unknown;
  const all = [own === false ? { not: {} } : own, ...known];
  schema.patternProperties = { ...patternProperties, [pattern]: { allOf: all } };
  delete properties["__proto__"];
}
