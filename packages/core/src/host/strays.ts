import { writeProblem } from "../config/problems.ts";
import { whereItBelongs } from "../config/problems/structure.ts";
import { DELIVERY_KEYS } from "../delivery-keys.ts";
import { pathText } from "../config/tree.ts";
import type { PluginEntry } from "../config/types.ts";
import type { SecretFinder } from "../masking/secret-finder.ts";
import { isMap, isObject } from "../realms.ts";
import { deliveryName, otherName } from "../validation/other-names.ts";
import { suggest } from "../validation/suggest.ts";
import type { ProblemList } from "./problem-list.ts";

/** Keys of an audit. */
const AUDIT_NAMES: ReadonlySet<string> = new Set(["stores", "id", "origin"]);

/** What other programs call the params of an entry. */
const PARAMS_WORDS: ReadonlySet<string> = new Set(
  "config configuration options settings args arguments parameters kwargs with properties".split(" "),
);

/** The keys of an entry. */
const OWN_NAMES = ["plugin", "params", "delivery", "taps"];

/**
 * The params of an entry, with those that stand beside `plugin`. The predecessor's tutorial puts them there, where the
 * predecessor silently ignored them. A key there that is a param of the plugin is taken as one, with a warning; any
 * other is a mistake.
 * @param known names of the plugin's params
 * @param schema of the params, as the plugin gives it
 */
export function withStrays(
  key: string,
  entry: PluginEntry,
  known: readonly string[],
  schema: object,
  { list, secrets }: { readonly list: ProblemList; readonly secrets: SecretFinder },
): unknown {
  const { plugin: _plugin, params = {}, delivery: _delivery, taps: _taps, ...strays } = entry;
  const names = Object.keys(strays);
  if (names.length === 0 || !isObject(params)) return params;
  const merged: Record<string, unknown> = { ...params };
  for (const name of names) {
    if (known.includes(name) && !Object.hasOwn(merged, name)) {
      merged[name] = strays[name];
      list.warnings.push(`plugins.${key}.${name} is taken as a param; write it under plugins.${key}.params.`);
    } else if (known.includes(name)) {
      secrets.addBelow(["plugins", key, name]);
      list.warnings.push(`plugins.${key}.${name} is passed over, since plugins.${key}.params has ${name} as well.`);
    } else {
      secrets.addBelow(["plugins", key, name]);
      const path = ["plugins", key];
      const facts = {
        where: pathText(path),
        key: name,
        value: strays[name],
        known: OWN_NAMES,
        meant: PARAMS_WORDS.has(name) ? "params" : suggest(name, [...OWN_NAMES, ...known]),
        advice: adviceOn(name, key, strays[name], schema),
      };
      list.add(writeProblem("unknown_key", "key", facts), [...path, name], "key");
    }
  }
  return merged;
}

/** Where the key belongs, if it is known. */
function adviceOn(name: string, key: string, value: unknown, schema: object): string | undefined {
  if (AUDIT_NAMES.has(name)) return whereItBelongs("audit", { name, key });
  const setting = deliveryName(name, DELIVERY_KEYS);
  if (setting !== undefined) return whereItBelongs("delivery", { name: setting, key });
  const other = isMap(schema) ? otherName(schema, [name], value) : undefined;
  return other && whereItBelongs("param", { name: other.write ?? other.path.join("."), key });
}
