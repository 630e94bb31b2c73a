import { isMap } from "../realms.ts";
import type { ParamsSchema } from "@cloudmarker/store-api";

import type { CheckedParams, FullCheck } from "./full-check.ts";
import { closeSchema, normalizeSchema } from "./normalize-schema.ts";
import { copyValue } from "./plain-value.ts";
import { quickCheck } from "./quick-check.ts";
import type { WrittenForms } from "./read-texts.ts";
import type { Path, Schema } from "./schema-walk.ts";

/** Checks params against the schema of one plugin. */
export interface ParamsValidator {
  /** The normalised schema, which refuses params that it does not name. */
  readonly root: Schema;
  /**
   * @param value - as configured; `undefined` and `null` mean no params
   * @param basePath - path of the params in the configuration, such as `["plugins", "archive", "params"]`
   * @param written - how values were written; a value of the wrong type may be converted by it (see {@link readTexts})
   */
  check(value: unknown, basePath: Path, written?: WrittenForms): Promise<CheckedParams>;
}

/**
 * Makes the validator of a plugin. ajv and the words for what is wrong are loaded, and the schema compiled, only for a
 * schema that is not simple or for invalid params.
 * @throws CloudmarkerError PLUGIN_SCHEMA_INVALID if the schema itself is invalid
 */
export async function createParamsValidator(schema: ParamsSchema, pluginName: string): Promise<ParamsValidator> {
  const { root, draft } = normalizeSchema(schema, pluginName);
  closeSchema(root);
  let full: Promise<FullCheck> | undefined;
  const load = async (): Promise<FullCheck> => (await import("./full-check.ts")).fullCheck(root, draft, pluginName);
  const quick = quickCheck(root);
  const isPlain = quickCheck({ ...root, required: [] })?.({}) ?? false;
  if (!isPlain) await (full = load());
  return {
    root,
    async check(value, basePath, written) {
      const params = copyValue(value ?? {});
      if (isMap(params) && quick?.(params)) return { params, problems: [] };
      return (await (full ??= load()))(value, basePath, written);
    },
  };
}
