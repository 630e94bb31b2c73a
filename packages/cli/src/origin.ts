import type { Host, OriginName, OriginOptions } from "@cloudmarker/core";
import { isMap } from "./is-map.ts";
import { usageError } from "./errors.ts";
import type { WriteOptions } from "./options.ts";
import type { ConfigRewrite } from "./select-stores.ts";

type Given = Partial<Record<OriginName, string>>;

const NAMES: readonly string[] = ["key", "class", "worker", "type"] satisfies readonly OriginName[];

/**
 * Reads `--origin KEY=VALUE` and `--worker`.
 * @throws UsageError
 */
export function originOf({ origin = [], worker }: Pick<WriteOptions, "origin" | "worker">): Given {
  const given: Given = worker === undefined ? {} : { worker };
  for (const text of origin) {
    const equals = text.indexOf("=");
    const name = text.slice(0, Math.max(equals, 0));
    const value = text.slice(equals + 1);
    if (!isName(name) || value === "") throw usageError("originForm", { text });
    if (given[name] !== undefined)
      throw usageError("originTwice", { name, isWorker: name === "worker" && worker !== undefined });
    given[name] = value;
  }
  return given;
}

/**
 * The origin of the records of one input. The options of the command override what a record says; the name of the file
 * does not.
 */
export function originFor(given: Given, source: { readonly worker: string }): OriginOptions {
  return { worker: source.worker, ...given, override: Object.keys(given) as OriginName[] };
}

/** Whether somebody has said who produces the records: the command line, or the configuration. */
export async function hasOrigin(host: Host, options: Pick<WriteOptions, "origin" | "worker">): Promise<boolean> {
  if (Object.keys(originOf(options)).length > 0) return true;
  const { origin } = await host.inspect();
  return Object.keys(origin).length > 0;
}

/**
 * Merges the origin of the command line into that of each audit, so that the host derives the same values as from a
 * file.
 */
export function rewriteOrigin(given: Given): ConfigRewrite | undefined {
  if (Object.keys(given).length === 0) return undefined;
  return (config) => {
    if (!isMap(config["audits"])) return config;
    const audits = Object.entries(config["audits"]).map(([name, audit]) => {
      if (!isMap(audit)) return [name, audit] as const;
      const own = audit["origin"];
      return [name, { ...audit, origin: { ...(isMap(own) && own), ...given } }] as const;
    });
    return { ...config, audits: Object.fromEntries(audits) };
  };
}

function isName(name: string): name is OriginName {
  return NAMES.includes(name);
}
