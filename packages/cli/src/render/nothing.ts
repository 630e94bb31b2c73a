import type { NothingSelected } from "@cloudmarker/core";
import { count } from "./text.ts";

/** Why `--select` found no records, in one line. */
export function renderNothing({ select, parents, near }: NothingSelected): string {
  if (parents === 0) return `no records: a list on the way of --select ${select} is empty.`;
  const meant = near === undefined ? "" : ` The key ${JSON.stringify(near)} is there.`;
  return `no records: --select ${select} is absent or null in the ${count(parents, "place")} where it could be.${meant}`;
}
