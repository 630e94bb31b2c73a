import type { Meaning } from "./http-failure.ts";

/** Meanings by the codes of a server that have them. */
export function byCode(
  rows: readonly (readonly [meaning: Meaning, ...codes: number[]])[],
): ReadonlyMap<unknown, Meaning> {
  return new Map(rows.flatMap(([meaning, ...codes]) => codes.map((code) => [code, meaning])));
}
