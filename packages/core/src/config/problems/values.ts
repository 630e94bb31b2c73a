import { quote } from "../../validation/show.ts";
import type { ProblemRows } from "./row.ts";

/** A text; `at` is its path as a text, and `value` is absent where it may be a secret. */
interface Literal {
  readonly at: string;
  readonly value?: string | undefined;
}

/** Facts of the problems of values that are valid and probably not meant. */
export interface ValueFacts {
  base_store: { name: { readonly at: string; readonly key: string; readonly meant: string } };
  unit: { duration: { readonly at: string; readonly value: number; readonly unit: "s" | "d" } };
  literal: {
    /** `name` is that of the variable, absent where it may be a part of a secret. */
    variable: Literal & { readonly name?: string | undefined };
    command: Literal;
    template: Literal;
    quotes: Literal & { readonly mark: string };
    cut: Literal;
  };
}

const UNITS = { s: "seconds", d: "days" };

/** The rows of the problems of values that are valid and probably not meant. */
export const VALUE_PROBLEMS: ProblemRows<ValueFacts> = {
  base_store: {
    what: "An audit names a store of the base configuration, and no audit names one of the same plugin that the file defines. This is a warning.",
    texts: {
      name: ({ at, key, meant }) =>
        `${at} names "${key}", which is the one of the base configuration with its defaults. No audit uses plugins.${meant}, which is of this plugin too. Did you mean "${meant}"?`,
    },
  },
  unit: {
    what: "A duration below 1,000 without a unit in a file or on a command line: it would be milliseconds.",
    texts: {
      duration: ({ at, value, unit }) =>
        `${at} has no unit, so it would be ${value} ms. Write ${value}${unit} for ${UNITS[unit]}${
          unit === "s" ? `, or ${value}ms` : ""
        }.`,
    },
  },
  literal: {
    what: "A text that other programs would replace, or that YAML has read in another way than it looks. This is a warning: the text is used as it is.",
    texts: {
      variable: ({ at, value, name }) =>
        `${what(at, value, "looks like a variable of a shell")} and is taken literally: a variable is written \${${name ?? "NAME"}}.`,
      command: ({ at, value }) =>
        `${what(at, value, "looks like a command of a shell")} and is taken literally. Put its output into a variable, \${NAME}, or a file, \${file:/run/secrets/name}.`,
      template: ({ at, value }) =>
        `${what(at, value, "looks like a template")} and is taken literally: a variable of the environment is written \${NAME}.`,
      quotes: ({ at, mark }) =>
        `${at} begins or ends with ${mark}, which is no quote of YAML but a part of the text. Write "…" or '…'.`,
      cut: ({ at }) =>
        `${at} is cut: " #" begins a comment in YAML. If the # is a part of the text, put the whole text in quotes; if it is a comment, put a blank behind the #.`,
    },
  },
};

function what(at: string, value: string | undefined, looks: string): string {
  return value === undefined ? `${at} ${looks}` : `${at} is ${quote(value)}, which ${looks}`;
}
