import { isMap } from "../realms.ts";
import { formatPointer } from "@cloudmarker/store-api";
import type { Ajv, ErrorObject, SchemaValidateFunction, ValidateFunction } from "ajv";

import { childrenOf, targetOf } from "./schema-walk.ts";
import type { Schema } from "./schema-walk.ts";

/** Name of the root schema in the ajv instance that checks parts. */
const ROOT = "params:/root";

/** An object or a list whose members are checked. */
type Members = Readonly<Record<string, unknown>> | readonly unknown[];

/**
 * Replaces `unevaluatedProperties` and `unevaluatedItems` of ajv by our own. Those of ajv 8.20 accept invalid values
 * and refuse valid ones beside `if`, `dependentSchemas`, `contains` and `items` in a branch.
 * @param parts - another ajv, with formats and without defaults, which says whether a value fits a part of the schema
 */
export function addUnevaluated(ajv: Ajv, parts: Ajv, root: Schema): void {
  const judge = new PartJudge(parts, root);
  for (const target of [ajv, parts]) {
    for (const [keyword, type] of [
      ["unevaluatedProperties", "object"],
      ["unevaluatedItems", "array"],
    ] as const) {
      const validate: SchemaValidateFunction = (wanted: unknown, data: Members, schema = {}, at) => {
        const errors = judged(keyword, wanted, data, schema as Schema, at?.instancePath ?? "");
        validate.errors = errors;
        return errors.length === 0;
      };
      target.removeKeyword(keyword);
      target.addKeyword({ keyword, type, schemaType: ["object", "boolean"], errors: "full", validate });
    }
  }
  parts.addSchema(root, ROOT);

  function judged(
    keyword: string,
    wanted: unknown,
    data: Members,
    schema: Schema,
    instancePath: string,
  ): ErrorObject[] {
    const spoken = spokenOf(judge, root, schema, data, keyword);
    const rest = Object.keys(data).filter((key) => !spoken.has(key));
    if (wanted === false) {
      const about = { keyword, instancePath, schemaPath: `#/${keyword}`, schema: wanted, parentSchema: schema, data };
      const limit = spoken.size;
      if (Array.isArray(data)) return rest.length > 0 ? [{ ...about, params: { limit } }] : [];
      return rest.map((key) => ({ ...about, params: { unevaluatedProperty: key } }));
    }
    const inner = rest.flatMap((key) =>
      judge
        .errorsOf(wanted, (data as Record<string, unknown>)[key])
        .map((error) => ({ ...error, instancePath: instancePath + formatPointer([key]) + error.instancePath })),
    );
    return inner.length > 0 ? [{ keyword, instancePath, schemaPath: `#/${keyword}`, params: { inner } }] : [];
  }
}

/** The errors of a validation, including those of the schema of unevaluated members, which ajv would overwrite. */
export function errorsOf({ errors }: ValidateFunction): readonly ErrorObject[] {
  return (errors ?? []).flatMap((error) => {
    const inner: unknown = (error.params as Record<string, unknown>)["inner"];
    return Array.isArray(inner) ? (inner as ErrorObject[]) : [error];
  });
}

/** Checks values with parts of the schema. Each part is compiled on demand. */
class PartJudge {
  readonly #ajv: Ajv;
  readonly #pointers = new Map<unknown, string>();
  readonly #compiled = new Map<unknown, ValidateFunction>();

  constructor(ajv: Ajv, root: Schema) {
    this.#ajv = ajv;
    this.#pointers.set(root, "");
    // The loop over a Map also visits what is added during the loop.
    for (const [schema, pointer] of this.#pointers)
      for (const child of childrenOf(schema as Schema))
        if (isMap(child.schema)) this.#pointers.set(child.schema, pointer + formatPointer(child.path));
  }

  errorsOf(schema: unknown, value: unknown): readonly ErrorObject[] {
    if (schema === true) return [];
    const validate = this.#validatorOf(schema);
    return validate(value) ? [] : errorsOf(validate);
  }

  fits(schema: unknown, value: unknown): boolean {
    return typeof schema === "boolean" ? schema : this.#validatorOf(schema)(value) === true;
  }

  #validatorOf(schema: unknown): ValidateFunction {
    let validate = this.#compiled.get(schema);
    if (!validate) {
      const pointer = this.#pointers.get(schema) ?? "";
      const $ref = `${ROOT}#${pointer.split("/").map(encodeURIComponent).join("/")}`;
      validate = this.#ajv.compile({ $ref });
      this.#compiled.set(schema, validate);
    }
    return validate;
  }
}

/**
 * The keys or indexes that the schema, or a schema that applies with it, describes. A failing schema counts as well,
 * since its failure is reported.
 */
function spokenOf(judge: PartJudge, root: Schema, schema: Schema, data: Members, keyword: string): Set<string> {
  const spoken = new Set<string>();
  const seen = new Set<unknown>();
  visit(schema, true);
  return spoken;

  function visit(one: unknown, isFirst = false): void {
    if (!isMap(one) || seen.has(one)) return;
    seen.add(one);
    for (const key of Object.keys(data)) if (speaks(one, key, isFirst)) spoken.add(key);
    visit(targetOf(root, one));
    for (const branch of listOf(one.allOf)) visit(branch);
    for (const branches of [listOf(one.anyOf), listOf(one.oneOf)]) {
      const fitting = branches.filter((branch) => judge.fits(branch, data));
      for (const branch of fitting.length > 0 ? fitting : branches) visit(branch);
    }
    if (one.if !== undefined && judge.fits(one.if, data)) for (const branch of [one.if, one.then]) visit(branch);
    else if (one.if !== undefined) visit(one.else);
    if (isMap(one.dependentSchemas))
      for (const [key, branch] of Object.entries(one.dependentSchemas)) if (Object.hasOwn(data, key)) visit(branch);
  }

  function speaks(one: Schema, key: string, isFirst: boolean): boolean {
    if (!isFirst && one[keyword] !== undefined) return true;
    if (Array.isArray(data)) {
      const index = Number(key);
      if (one.items !== undefined || index < listOf(one.prefixItems).length) return true;
      return one.contains !== undefined && judge.fits(one.contains, data[index]);
    }
    if (one.additionalProperties !== undefined) return true;
    if (isMap(one.properties) && Object.hasOwn(one.properties, key)) return true;
    const patterns = isMap(one.patternProperties) ? Object.keys(one.patternProperties) : [];
    return patterns.some((pattern) => new RegExp(pattern, "u").test(key));
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
