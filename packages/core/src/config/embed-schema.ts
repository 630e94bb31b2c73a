import { isMap } from "../realms.ts";
import type { ParamsSchema } from "@cloudmarker/store-api";

import { closeSchema, normalizeSchema } from "../validation/normalize-schema.ts";
import { isDuration } from "../validation/without-unit.ts";
import { childrenOf, targetOf } from "../validation/schema-walk.ts";
import type { Schema } from "../validation/schema-walk.ts";

/**
 * Points into the outer schema. It is recognised by identity, since a plugin may have a definition of the same name.
 */
const PLACEHOLDER: Schema = { $ref: "#/$defs/placeholder" };

/**
 * Makes the params schema of a plugin a part of another schema, at `pointer`. The result is in draft 2020-12 and its
 * references work there. It refuses unknown params, as the check of params does. It also accepts `${VAR}`: the outer
 * schema has `$defs.placeholder` for that.
 * @throws CloudmarkerError PLUGIN_SCHEMA_INVALID
 */
export function embedSchema(schema: ParamsSchema, plugin: string, pointer: string): Schema {
  const { root, draft } = normalizeSchema(schema, plugin);
  closeSchema(root);
  allowPlaceholders(root, root);
  visit(root);
  return root;

  function visit(node: Schema): void {
    if (node === PLACEHOLDER) return;
    const children = [...childrenOf(node)];
    if (typeof node.$ref === "string") node.$ref = `#${pointer}${node.$ref.slice(1)}`;
    // An extension of OpenAPI that editors ignore; the `oneOf` beside it says the same.
    delete node.discriminator;
    if (draft === "draft-07") modernize(node);
    for (const child of children) if (isMap(child.schema)) visit(child.schema);
  }
}

/** Renames the keywords that have another name in draft 2020-12 than in draft-07. */
function modernize(node: Schema): void {
  const { items, additionalItems, dependencies } = node;
  delete node.additionalItems;
  delete node.dependencies;
  if (Array.isArray(items)) {
    node.prefixItems = items;
    delete node.items;
    if (additionalItems !== undefined) node.items = additionalItems;
  }
  if (!isMap(dependencies)) return;
  const entries = Object.entries(dependencies);
  node.dependentRequired = Object.fromEntries(entries.filter(([, value]) => Array.isArray(value)));
  node.dependentSchemas = Object.fromEntries(entries.filter(([, value]) => !Array.isArray(value)));
}

/**
 * Lets every plain param be `${VAR}` too. Branches of unions stay as they are, since their values decide which branch
 * applies.
 */
function allowPlaceholders(root: Schema, schema: Schema): void {
  const { properties } = schema;
  if (!isMap(properties)) return;
  for (const [name, property] of Object.entries(properties)) {
    if (!isMap(property)) continue;
    const target = targetOf(root, property) ?? property;
    const plain = ["string", "number", "integer", "boolean"].includes(String(target.type)) || target.enum !== undefined;
    const { description, default: value, ...rest } = property;
    const shown = { ...(description !== undefined && { description }), ...(value !== undefined && { default: value }) };
    // An editor must not mark `30s`.
    if (isDuration(property)) rest.type = ["integer", "string"];
    if (plain) properties[name] = { ...shown, anyOf: [rest, PLACEHOLDER] };
    else allowPlaceholders(root, property);
  }
}
