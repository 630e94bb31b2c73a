import { list, quote, quoteKey, typeWords } from "../validation/show.ts";
import { suggest } from "../validation/suggest.ts";
import { pathText } from "./tree.ts";
import type { ConfigPath } from "./types.ts";

/** Takes one problem: where, whether at the key or at the value, what. */
export type Report = (path: ConfigPath, at: "key" | "value", code: string, message: string) => void;

/** Reports a value of the wrong type; `wanted` such as "a map of plugins by key". */
export function reportType(report: Report, path: ConfigPath, wanted: string, value: unknown): void {
  report(path, "value", "type", `${pathText(path)} must be ${wanted}, not ${typeWords(value)}.`);
}

/** Reports the keys of `object` that are none of `known`; `allowed` are passed over and not advertised. */
export function reportUnknownKeys(
  report: Report,
  path: ConfigPath,
  object: Readonly<Record<string, unknown>>,
  known: readonly string[],
  allowed: readonly string[] = [],
): void {
  const where = path.length === 0 ? "The configuration" : pathText(path);
  for (const key of Object.keys(object)) {
    if (known.includes(key) || allowed.includes(key)) continue;
    const absent = known.filter((one) => !Object.hasOwn(object, one));
    const advice = didYouMean(key, absent) ?? `Known: ${list(known)}.`;
    const message = `${where} has an unknown key ${quoteKey(key, object[key])}. ${advice}`;
    report([...path, key], "key", "unknown_key", message);
  }
}

/** `Did you mean "x"?`, where something is near. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const hint = suggest(word, known);
  return hint === undefined ? undefined : `Did you mean ${quote(hint)}?`;
}
