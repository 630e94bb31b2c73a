import { suggest } from "../validation/suggest.ts";
import { writeProblem, type ProblemText } from "./problems.ts";
import { pathText } from "./tree.ts";
import type { ConfigPath } from "./types.ts";

/** Takes one problem: where, whether at the key or at the value, what. */
export type Report = (path: ConfigPath, at: "key" | "value", problem: ProblemText) => void;

/** Reports a value of the wrong type; `wanted` such as "a map of plugins by key". */
export function reportType(report: Report, path: ConfigPath, wanted: string, value: unknown): void {
  report(path, "value", writeProblem("type", "kind", { at: pathText(path), wanted, value }));
}

/**
 * Reports the keys of `object` that are not in `known`. Keys in `allowed` are accepted but not suggested; `adviceOn`
 * says where a key belongs.
 */
export function reportUnknownKeys(
  report: Report,
  path: ConfigPath,
  object: Readonly<Record<string, unknown>>,
  known: readonly string[],
  allowed: readonly string[] = [],
  adviceOn: (key: string) => string | undefined = () => undefined,
): void {
  const where = path.length === 0 ? "The configuration" : pathText(path);
  for (const key of Object.keys(object)) {
    if (known.includes(key) || allowed.includes(key)) continue;
    const absent = known.filter((one) => !Object.hasOwn(object, one));
    const facts = { where, key, value: object[key], known, meant: suggest(key, absent), advice: adviceOn(key) };
    report([...path, key], "key", writeProblem("unknown_key", "key", facts));
  }
}
