import { list, quote } from "../../validation/show.ts";

/** One code: `Kinds` has the facts of each kind of problem that has this code. */
interface ProblemRow<Kinds> {
  /** What it means, for the docs. */
  readonly what: string;
  /** What is wrong, and what to write instead. */
  readonly texts: { readonly [Kind in keyof Kinds]: (facts: Kinds[Kind]) => string };
}

/** The rows of one theme; `Facts` has the facts by code and kind. */
export type ProblemRows<Facts> = { readonly [Code in keyof Facts]: ProblemRow<Facts[Code]> };

/** The names that there are, and the one that was probably meant. */
export interface Known {
  readonly known: readonly string[];
  readonly meant?: string | undefined;
}

/** `Did you mean "x"?`, if a known word is similar. */
export function didYouMean(meant: string | undefined): string | undefined {
  return meant === undefined ? undefined : `Did you mean ${quote(meant)}?`;
}

/** What was probably meant, else what there is. */
export function nearOrKnown({ known, meant }: Known): string {
  return didYouMean(meant) ?? `Known: ${list(known)}.`;
}
