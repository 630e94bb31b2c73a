import { quote } from "../../validation/show.ts";
import type { ProblemRows } from "./row.ts";

/** Facts of the problems that are found in values by their own rules. */
export interface OptionFacts {
  invalid: {
    /** `problem` completes "It …". */
    option: { readonly name: string; readonly of: string; readonly value: string; readonly problem: string };
    path: { readonly of: string; readonly value: string; readonly problem: string };
  };
  path: { home: { readonly problem: string } };
  conflict: { sources: { readonly sources: readonly string[]; readonly given: readonly string[] } };
}

/** The rows of the problems that are found in values by their own rules. */
export const OPTION_PROBLEMS: ProblemRows<OptionFacts> = {
  invalid: {
    what: "A value of the right kind that is not allowed, as a plugin or the check of an option finds it.",
    texts: {
      option: ({ name, of, value, problem }) => `${name} of ${of} is not valid: ${quote(value)}. It ${problem}`,
      path: ({ of, value, problem }) => `select of ${of} is not a path: ${JSON.stringify(value)}. ${problem}`,
    },
  },
  path: {
    what: "A path begins with the home folder of another user, such as `~anna`.",
    texts: { home: ({ problem }) => problem },
  },
  conflict: {
    what: "Options of `createHost()` exclude each other.",
    texts: {
      sources: ({ sources, given }) => `createHost() takes only one of ${and(sources)}, but ${and(given)} are given.`,
    },
  },
};

function and(words: readonly string[]): string {
  return words.join(", ").replace(/, ([^,]*)$/, " and $1");
}
