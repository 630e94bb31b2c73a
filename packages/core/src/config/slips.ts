import { MASK, valueAt } from "@cloudmarker/store-api";
import { visitParams } from "../validation/secrets.ts";
import { shownKey } from "../validation/show.ts";
import type { ConfigPath } from "./types.ts";

/** A path for messages: without values that are in a key by mistake; see {@link shownKey}. */
export function shownPath(plain: unknown, path: ConfigPath): ConfigPath {
  return path.map((key, index) =>
    typeof key === "string" ? shownKey(key, valueAt(plain, path.slice(0, index + 1))) : key,
  );
}

/** The paths of params whose text contains a mask, as `cloudmarker config` prints it. */
export function maskedIn(params: unknown): readonly ConfigPath[] {
  const found: ConfigPath[] = [];
  visitParams({}, params, (path, node) => {
    if (typeof node === "string" && node.includes(MASK)) found.push(path);
  });
  return found;
}
