import type { Location } from "../errors.ts";
import { quoteKey } from "../validation/show.ts";
import { suggest } from "../validation/suggest.ts";
import { isComment } from "./comment.ts";
import { LEGACY_KEYS } from "./legacy.ts";
import { DELIVERY_KEYS } from "../delivery-keys.ts";
import { ORIGIN_KEYS } from "./read-origin.ts";
import type { ConfigPath } from "./types.ts";

/** Our own top-level keys. */
export const OWN_KEYS: readonly string[] = [
  "plugins",
  "audits",
  "run",
  "delivery",
  "spool",
  "state",
  "state_dir",
  "state_dir_unsafe",
  "markers",
];

/** Keys that have a meaning at a lower level. At the top they are misplaced. */
const LOWER_KEYS: readonly string[] = ["plugin", "params", "stores", "taps", "id", "origin"].concat(
  ORIGIN_KEYS,
  DELIVERY_KEYS,
);

/**
 * Top-level keys of a file that mean nothing here, such as `x-team` or the keys of another tool that shares the file.
 * Not included: a key that looks like a misspelt key of ours, and a key that a program gives.
 */
export function foreignKeys(
  plain: Readonly<Record<string, unknown>>,
  locate: (path: ConfigPath, at?: "key" | "value") => Location | undefined,
): readonly string[] {
  const ours = [...OWN_KEYS, ...LEGACY_KEYS, ...LOWER_KEYS];
  return Object.keys(plain).filter(
    (key) =>
      !ours.includes(key) &&
      !isComment(key) &&
      locate([key]) !== undefined &&
      (key.startsWith("x-") || suggest(key, ours) === undefined),
  );
}

/** The one warning that names them, with their places. */
export function foreignWarnings(
  keys: readonly string[],
  plain: Readonly<Record<string, unknown>>,
  locate: (path: ConfigPath, at?: "key" | "value") => Location | undefined,
): readonly string[] {
  if (keys.length === 0) return [];
  const named = keys.map((key) => {
    const place = locate([key]);
    const shown = quoteKey(key, plain[key]);
    return place ? `${shown} (${place.file}:${place.line}:${place.column})` : shown;
  });
  const [what, verb] = keys.length === 1 ? ["The top-level key", "is"] : ["The top-level keys", "are"];
  return [
    `${what} ${named.join(", ")} ${verb} left alone: this program does not know ${keys.length === 1 ? "it" : "them"}.`,
  ];
}
