import { FILE_PROBLEMS, type FileFacts } from "./problems/files.ts";
import { OPTION_PROBLEMS, type OptionFacts } from "./problems/options.ts";
import { REFERENCE_PROBLEMS, type ReferenceFacts } from "./problems/references.ts";
import type { ProblemRows } from "./problems/row.ts";
import { STORE_PROBLEMS, type StoreFacts } from "./problems/stores.ts";
import { STRUCTURE_PROBLEMS, type StructureFacts } from "./problems/structure.ts";
import { VALUE_PROBLEMS, type ValueFacts } from "./problems/values.ts";

/** A problem in words. */
export interface ProblemText {
  readonly code: string;
  readonly message: string;
}

/** The facts of every problem of a configuration, by code and kind. */
export interface ProblemFacts extends StructureFacts, OptionFacts, ReferenceFacts, StoreFacts, FileFacts, ValueFacts {}

/** What can be wrong with a configuration, by code: the docs are generated from this table. */
export const PROBLEMS: ProblemRows<ProblemFacts> = {
  ...STRUCTURE_PROBLEMS,
  ...OPTION_PROBLEMS,
  ...VALUE_PROBLEMS,
  ...REFERENCE_PROBLEMS,
  ...STORE_PROBLEMS,
  ...FILE_PROBLEMS,
};

/** Puts a problem in words: the kind of problem that has this code, and its facts. */
export function writeProblem<Code extends keyof ProblemFacts, Kind extends keyof ProblemFacts[Code]>(
  code: Code,
  kind: Kind,
  facts: ProblemFacts[Code][Kind],
): ProblemText {
  const row: ProblemRows<ProblemFacts>[Code] = PROBLEMS[code];
  return { code, message: row.texts[kind](facts) };
}
