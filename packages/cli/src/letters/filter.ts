import type { LetterFilter } from "@cloudmarker/core";
import type { LetterOptions } from "../options.ts";
import { sinceOf } from "../since.ts";

/** Which dead letters the options mean. @throws UsageError */
export function filterOf(options: LetterOptions): LetterFilter {
  const { id: ids, audit, store, run, code, reason, state = "kept" } = options;
  return { ids, audit, store, run, code, reason, state, since: sinceOf(options) };
}
