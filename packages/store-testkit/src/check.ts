import type { Lab } from "./lab.ts";

/** One row of the table of checks. */
export interface Check {
  /** Names the check: `there-at-that-moment`. Never changes its meaning. */
  readonly key: string;
  /** Clause of the store contract. */
  readonly clause: string;
  /** What has to be so, in one sentence. */
  readonly expected: string;
  /** What to do if it is not so, in one sentence. */
  readonly fix: string;
  /** Keys of checks without which this one says nothing: what they find would be found again. */
  readonly after: readonly string[];
  /** Why it is not asked of this store, if so. */
  readonly needs?: (lab: Lab) => string | undefined;
  /** Also made where the store may write nothing. */
  readonly writesNothing?: boolean;
  /** What came instead; undefined if it is as expected. */
  readonly judge: (lab: Lab) => Promise<Verdict> | Verdict;
}

/** What came instead of what was expected; undefined: nothing did; {@link Unasked}: it cannot be said. */
export type Verdict = string | undefined | Unasked;

/** Why a check turned out to say nothing about this store. */
export class Unasked {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** Why it is not asked of a store without these. */
export function needs(
  ...what: readonly ("server" | "read" | "module" | "idempotent" | "whole" | "ordered" | "unordered")[]
) {
  return ({ subject }: Lab): string | undefined => {
    for (const one of what) {
      if (one === "server" && !subject.server) return "there is no server";
      if (one === "read" && !subject.read) return "nothing reads back";
      if (one === "module" && subject.module === undefined) return "no `module` is given";
      if (one === "idempotent" && !subject.plugin.supports?.idempotent)
        return "the store does not claim to be idempotent";
      if (one === "whole" && !subject.plugin.supports?.wholeBatches)
        return "the store does not claim that a whole batch is there once";
      if (one === "ordered" && !subject.plugin.supports?.ordered) return "the store does not claim an order";
      if (one === "unordered" && subject.plugin.supports?.ordered) return "the host writes one batch at a time";
    }
    return undefined;
  };
}
