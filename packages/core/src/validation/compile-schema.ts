import type { Ajv, Options, ValidateFunction } from "ajv";

import { errorOf } from "../errors/error-of.ts";
import type { Draft } from "./normalize-schema.ts";
import type { Schema } from "./schema-walk.ts";
import { addUnevaluated } from "./unevaluated.ts";

/** Keywords of ours, which the check itself does not need. */
const ANNOTATIONS: readonly string[] = ["x-unit", "x-also"];

const OPTIONS: Options = {
  allErrors: true,
  strictSchema: true,
  strictRequired: false,
  strictTypes: false,
  strictTuples: false,
  // The compiler itself refuses unknown keywords and values of the wrong kind. The meta schema would double the time of
  // a start.
  validateSchema: false,
  discriminator: true,
  useDefaults: true,
  coerceTypes: false,
  verbose: true,
  messages: false,
  // Every object inherits `constructor` and `toString`; that does not make them params.
  ownProperties: true,
  logger: false,
};

/** For parts of a schema. The whole schema was checked already, and its defaults were filled in. */
const OPTIONS_OF_PARTS: Options = { ...OPTIONS, strictSchema: false, useDefaults: false };

/**
 * Loads ajv and compiles a normalised schema with an instance of its own, so that no ids can clash. `ajv-formats` is
 * loaded only where a format is used.
 * @throws CloudmarkerError PLUGIN_SCHEMA_INVALID with ajv's reason
 */
export async function compileSchema(root: Schema, draft: Draft, pluginName: string): Promise<ValidateFunction> {
  const text = JSON.stringify(root);
  const AjvClass = await ajvClass(draft);
  const make = async (options: Options): Promise<Ajv> => {
    const ajv = new AjvClass(options);
    ajv.addVocabulary([...ANNOTATIONS]);
    // ajv's own record of evaluated members is wrong, and it throws beside `patternProperties`; see unevaluated.ts.
    ajv.opts.unevaluated = false;
    if (text.includes('"format')) (await import("ajv-formats")).default.default(ajv);
    return ajv;
  };
  const ajv = await make(OPTIONS);
  if (text.includes('"unevaluated')) addUnevaluated(ajv, await make(OPTIONS_OF_PARTS), root);
  try {
    return ajv.compile(root);
  } catch (cause) {
    throw errorOf("PLUGIN_SCHEMA_INVALID", "uncompiled", { plugin: pluginName, cause }, { cause });
  }
}

async function ajvClass(draft: Draft): Promise<typeof import("ajv").Ajv | typeof import("ajv/dist/2020.js").Ajv2020> {
  return draft === "draft-07" ? (await import("ajv")).Ajv : (await import("ajv/dist/2020.js")).Ajv2020;
}
