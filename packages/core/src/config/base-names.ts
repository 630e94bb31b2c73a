import { isPlainObject } from "../realms.ts";
import { BASE_CONFIG } from "./base.ts";
import { writeProblem } from "./problems.ts";
import { pathText } from "./tree.ts";
import type { ConfigPath, LoadedConfig } from "./types.ts";

/**
 * Audits that name a plugin of the base configuration, with nothing but defaults, where the file defines a store of the
 * same plugin that no audit uses: the audit has the name of the plugin in place of the key.
 */
export function baseNames({ plain, locate }: Pick<LoadedConfig, "plain" | "locate">): readonly string[] {
  const { plugins, audits } = plain;
  const bases = BASE_CONFIG["plugins"];
  if (!isPlainObject(plugins) || !isPlainObject(audits) || !isPlainObject(bases)) return [];
  const lists = Object.entries(audits).map(([name, audit]): [string, readonly unknown[]] => {
    const stores = isPlainObject(audit) ? audit["stores"] : undefined;
    return [name, Array.isArray(stores) ? stores : []];
  });
  const used = new Set(lists.flatMap(([, stores]) => stores));
  const own = Object.entries(plugins).filter(([key]) => !used.has(key) && locate(["plugins", key]) !== undefined);
  return lists.flatMap(([name, stores]) =>
    stores.flatMap((key, index) => {
      const path: ConfigPath = ["audits", name, "stores", index];
      const place = locate(path, "value");
      if (typeof key !== "string" || !Object.hasOwn(bases, key) || locate(["plugins", key]) || !place) return [];
      const meant = own.find(([, entry]) => isPlainObject(entry) && entry["plugin"] === key)?.[0];
      if (meant === undefined) return [];
      const { message } = writeProblem("base_store", "name", { at: pathText(path), key, meant });
      return [`${place.file}:${place.line}:${place.column}  ${message}`];
    }),
  );
}
