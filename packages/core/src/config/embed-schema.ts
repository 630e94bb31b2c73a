import { isMap } from "../realms.ts";
import type { ParamsSchema } from "@cloudmarker/store-api";

import { closeSchema, normalizeSchema } from "../validation/normalize-schema.ts";
import { childrenOf, targetOf } from "../validation/schema-walk.ts";
import type { Schema } from "../validation/schema-walk.ts";

/** In the schema around; known by identity, since a plugin may have a definition of that name too. */
const PLACEHOLDER: Schema = { $ref: "#/$defs/placeholder" };

/**
 * The params schema of a plugin as a part of another schema, to stand at `pointer` in it: in draft 2020-12, with
 * references that work there, closed as it is when params are checked, and open to `${VAR}`, for which the schema
 * around has `$defs.placeholder`.
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
    // An extension of OpenAPI that means nothing to an editor; `oneOf` beside it says the same.
    delete node.discriminator;
    if (draft === "draft-07") modernize(node);
    for (const child of children) if (isMap(child.schema)) visit(child.schema);
  }
}

/** What draft 2020-12 calls by other names than draft-07. */
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
 * Lets every plain param be `${VAR}` too. Branches of unions stay as they are: there the values tell the branches
 * apart.
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
    if (plain) properties[name] = { ...shown, anyOf: [rest, PLACEHOLDER] };
    else allowPlaceholders(root, property);
  }
}
