import { eachMap } from "./each-map.ts";
import { isMap } from "./is-map.ts";
import type { WriteOptions } from "./options.ts";
import type { ConfigRewrite } from "./select-stores.ts";

/**
 * Writes `--fail-fast` or `--no-fail-fast` into the configuration: it holds for all stores. `--deadline` alone says how
 * long stores are waited for, where the configuration does not say otherwise.
 */
export function rewriteFailFast({
  failFast,
  deadline,
}: Pick<WriteOptions, "failFast" | "deadline">): ConfigRewrite | undefined {
  if (failFast === undefined && deadline === undefined) return undefined;
  return (config) => {
    const delivery = config["delivery"] ?? {};
    // The host says what is wrong with it.
    if (!isMap(delivery)) return config;
    if (failFast === undefined) return { ...config, delivery: { fail_fast: false, ...delivery } };
    const plugins = eachMap(config["plugins"], (entry) => {
      const own = entry["delivery"];
      return isMap(own) ? { ...entry, delivery: { ...own, fail_fast: failFast } } : entry;
    });
    return { ...config, plugins, delivery: { ...delivery, fail_fast: failFast } };
  };
}
