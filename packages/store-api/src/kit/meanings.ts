import type { Meaning } from "./http-failure.ts";

/** Meanings by the codes of a server that have them, or by status of HTTP, such as `404`, and class of these, such as `4xx`. */
export function byCode(
  rows: readonly (readonly [meaning: Meaning, ...codes: (number | `${number}xx`)[]])[],
): ReadonlyMap<unknown, Meaning> {
  return new Map(rows.flatMap(([meaning, ...codes]) => codes.map((code) => [code, meaning])));
}
