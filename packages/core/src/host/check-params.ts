import { type StorePlugin, type TapPlugin, valueAt } from "@cloudmarker/store-api";
import { writeProblem } from "../config/problems.ts";
import { maskedIn } from "../config/slips.ts";
import { pathText } from "../config/tree.ts";
import type { ConfigPath, LoadedConfig } from "../config/types.ts";
import { errorOf } from "../errors/error-of.ts";
import { isCloudmarkerError } from "../errors.ts";
import type { Mask } from "../masking/mask.ts";
import type { SecretFinder } from "../masking/secret-finder.ts";
import { label } from "../validation/show.ts";
import { withoutUnit } from "../validation/without-unit.ts";
import type { Sound } from "../validation/full-check.ts";
import { createParamsValidator } from "../validation/validate-params.ts";
import { type Literal, literalsIn } from "./literals.ts";
import type { ProblemList } from "./problem-list.ts";

/** The configuration, and where problems and secrets are reported. */
export interface ParamsContext {
  readonly config: LoadedConfig;
  readonly list: ProblemList;
  readonly secrets: SecretFinder;
  /** Called with a mask for the secrets found so far, before a plugin gets any of them. */
  readonly learned: (mask: Mask) => void;
}

/** Params that were checked. */
export interface CheckedEntry {
  readonly params: Record<string, unknown>;
  readonly sound?: Sound | undefined;
}

/**
 * Checks params against the schema of their plugin and takes the secrets in them.
 * @param path where the params stand
 * @param pluginPath where the plugin is named: the place of problems with the schema
 * @param literals gets the texts that are probably not meant as they are
 * @returns the params with defaults, incomplete if the list got a problem; then also their valid part, if there is one
 */
export async function checkParams(
  plugin: StorePlugin | TapPlugin,
  given: unknown,
  path: ConfigPath,
  pluginPath: ConfigPath,
  { config, list, secrets, learned }: ParamsContext,
  literals: Literal[] = [],
): Promise<CheckedEntry> {
  try {
    const validator = await createParamsValidator(plugin.params, plugin.name);
    secrets.addParams(validator.root, given, path);
    learned(secrets.mask);
    const { params, problems, sound } = await validator.check(given, path, {
      isText: (at) => config.writtenAs(at) !== undefined,
      isInFile: (at) => config.locate(at, "value") !== undefined,
      textOf: (at) => config.textOf(at),
    });
    // The text of a secret may differ from the value that YAML makes of it.
    secrets.addParams(validator.root, params, path);
    const told = new Set(config.problems.map((one) => JSON.stringify(one.path)));
    for (const below of maskedIn(given)) {
      const at = [...path, ...below];
      told.add(JSON.stringify(at));
      // Better not sent than sent as eight asterisks.
      list.add(writeProblem("masked", "secret", { at: pathText(at) }), at, "value");
    }
    // What could not be read was reported, and what is told.
    for (const one of problems) if (!told.has(JSON.stringify(one.path))) list.add(one, one.path, one.at);
    for (const below of withoutUnit(validator.root, given)) {
      const at = [...path, ...below];
      if (!config.locate(at, "value") && config.textOf(at) === undefined) continue;
      const value = Number(valueAt(given, below));
      list.add(writeProblem("unit", "duration", { at: label(below), value, unit: "s" }), at, "value");
    }
    literals.push(...literalsIn(validator.root, given, path, config));
    return { params, sound: problems.length === 0 ? { params, without: [] } : sound };
  } catch (error) {
    const facts = { plugin: plugin.name, cause: error };
    const known = isCloudmarkerError(error) ? error : errorOf("PLUGIN_SCHEMA_INVALID", "unreadable", facts);
    const { code, message, details } = known;
    list.add({ code, message: [message, details].filter(Boolean).join(" ") }, pluginPath, "value");
    return { params: {} };
  }
}
