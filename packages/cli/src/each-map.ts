import { isMap } from "./is-map.ts";

/** A map of maps, each of them changed. Anything else stays as it is: the host says what is wrong with it. */
export function eachMap(maps: unknown, change: (map: Record<string, unknown>) => Record<string, unknown>): unknown {
  if (!isMap(maps)) return maps;
  return Object.fromEntries(Object.entries(maps).map(([key, one]) => [key, isMap(one) ? change(one) : one]));
}
