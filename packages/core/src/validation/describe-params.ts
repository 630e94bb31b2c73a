import { isMap } from "../realms.ts";
import type { ParamsSchema } from "@cloudmarker/store-api";

import { normalizeSchema } from "./normalize-schema.ts";
import { isDuration } from "./without-unit.ts";
import { inPlace, propertiesOf } from "./schema-walk.ts";
import type { Schema } from "./schema-walk.ts";

/** One line of a plugin's params table. */
export interface ParamDescription {
  /**
   * The path: dots for nested params, `[]` for the items of a list, `*` for any key: `auth.user`, `hosts[].url`,
   * `headers.*`.
   */
  readonly name: string;
  /** In a few words: `string`, `json | ndjson`, `integer, at least 1`, `string (uri)`, `string[]`. */
  readonly type: string;
  /** The default in the schema; absent if there is none. */
  readonly default?: unknown;
  /** It must be given. A nested param is required only if the object around it is given. */
  readonly required: boolean;
  /** It is marked `writeOnly`, or part of such a param. It is never shown. */
  readonly secret: boolean;
  readonly description: string;
}

/**
 * Lists the params of a plugin in the order of the schema, nested ones after their object. Every params table is made
 * from this list, so the documents cannot differ from the check.
 * @throws CloudmarkerError PLUGIN_SCHEMA_INVALID
 */
export function describeParams(schema: ParamsSchema): ParamDescription[] {
  const { root } = normalizeSchema(schema, schema.title ?? "without a name");
  const lines: ParamDescription[] = [];
  visit([root], "", false, new Set());
  return lines;

  function visit(schemas: readonly Schema[], prefix: string, secret: boolean, outer: ReadonlySet<Schema>): void {
    const certain = inPlace(root, schemas, true);
    const required = new Set([...certain].flatMap((one) => (Array.isArray(one.required) ? one.required : [])));
    for (const [key, property] of propertiesOf(root, schemas))
      line(prefix + key, property, required.has(key), secret, outer);
    for (const { additionalProperties } of certain)
      if (isMap(additionalProperties)) line(`${prefix}*`, additionalProperties, false, secret, outer);
  }

  function line(
    name: string,
    property: Schema,
    required: boolean,
    secretOuter: boolean,
    outer: ReadonlySet<Schema>,
  ): void {
    // A schema that contains itself is described once.
    if (outer.has(property)) return;
    const all = [...inPlace(root, [property])];
    const secret = secretOuter || all.some((one) => one.writeOnly === true);
    const withDefault = all.find((one) => one.default !== undefined);
    const description = all.find((one) => typeof one.description === "string")?.description;
    lines.push({
      name,
      type: typeText(root, property),
      ...(withDefault && { default: withDefault.default }),
      required,
      secret,
      description: typeof description === "string" ? description : "",
    });
    if (all.some((one) => outer.has(one))) return;
    const inner = new Set([...outer, property, ...all]);
    visit([property], `${name}.`, secret, inner);
    for (const { items } of all) {
      const isKnown = isMap(items) && [...inPlace(root, [items])].some((one) => inner.has(one));
      if (isMap(items) && !isKnown) visit([items], `${name}[].`, secret, inner);
    }
  }
}

function typeText(root: Schema, schema: Schema): string {
  const certain = [...inPlace(root, [schema], true)];
  const first = (keyword: string): unknown => certain.find((one) => one[keyword] !== undefined)?.[keyword];
  const [only, values, type, items] = ["const", "enum", "type", "items"].map(first);
  if (only !== undefined) return text(only);
  if (Array.isArray(values)) return values.map(text).join(" | ");
  const branches = first("oneOf") ?? first("anyOf");
  if (type === undefined && Array.isArray(branches))
    return [...new Set(branches.filter(isMap).map((branch) => typeText(root, branch)))].join(" | ");
  if (type === "array" && isMap(items)) {
    const item = typeText(root, items);
    return item.includes(" ") ? `(${item})[]` : `${item}[]`;
  }
  const names: readonly unknown[] = Array.isArray(type) ? type : [type ?? "any"];
  const kind = isDuration(certain.find((one) => one["x-unit"] !== undefined)) ? "duration (ms)" : names.join(" | ");
  return kind + detail(first);
}

function detail(first: (keyword: string) => unknown): string {
  const format = first("format");
  const [least, most, above, below] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"].map(first);
  const limits = [
    least === undefined ? "" : `, at least ${text(least)}`,
    above === undefined ? "" : `, more than ${text(above)}`,
    most === undefined ? "" : `, at most ${text(most)}`,
    below === undefined ? "" : `, less than ${text(below)}`,
  ];
  return (typeof format === "string" ? ` (${format})` : "") + limits.join("");
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
