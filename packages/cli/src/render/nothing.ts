import type { NothingSelected } from "@cloudmarker/core";
import { count } from "./text.ts";

/** Why `--select` found no records, in one line. */
export function renderNothing({ select, parents, near }: NothingSelected): string {
  const paths = select.map((path) => `--select ${path}`).join(" and ");
  if (parents === 0) return `no records: a list on the way of ${paths} is empty.`;
  const meant = near === undefined ? "" : ` The key ${JSON.stringify(near)} is there.`;
  const [are, it] = select.length === 1 ? ["is", "it"] : ["are", "they"];
  return `no records: ${paths} ${are} absent or null in the ${count(parents, "place")} where ${it} could be.${meant}`;
}
