import { quote } from "../../validation/show.ts";
import { didYouMean, type ProblemRows } from "./row.ts";

/** Facts of the problems of `${…}`. */
export interface ReferenceFacts {
  interpolation_syntax: {
    /** `write` is the form that was probably meant. */
    form: { readonly at: string; readonly write?: string | undefined };
    open: { readonly at: string };
  };
  unset_variable: { variable: { readonly at: string; readonly name: string; readonly meant?: string | undefined } };
  unreadable_file: { file: { readonly at: string; readonly file: string; readonly why: string } };
  masked: { secret: { readonly at: string } };
}

/** The rows of the problems of `${…}`. */
export const REFERENCE_PROBLEMS: ProblemRows<ReferenceFacts> = {
  interpolation_syntax: {
    what: "A `${…}` that cannot be read.",
    texts: {
      form: ({ at, write }) =>
        `${at} has a \${…} of an unknown form.${write === undefined ? "" : ` Write ${write}.`} Known: \${NAME}, \${NAME:-default} and \${file:/path}; $\${ stands for a plain \${.`,
      open: ({ at }) => `${at} has a \${ without its }. Close it, or write $\${ for a plain \${.`,
    },
  },
  unset_variable: {
    what: "An environment variable is not set.",
    texts: {
      variable: ({ at, name, meant }) =>
        `${at} needs the environment variable ${name}, which is not set. ${
          didYouMean(meant) ?? `Set it, or write \${${name}:-default}.`
        } For the text itself write $\${${name}}.`,
    },
  },
  unreadable_file: {
    what: "The file of a `${file:…}` cannot be read.",
    texts: { file: ({ at, file, why }) => `${at} needs the file ${quote(file)}, which cannot be read: ${why}.` },
  },
  masked: {
    what: "A secret is masked, as `cloudmarker config` prints it.",
    texts: {
      secret: ({ at }) =>
        `${at} is masked, as \`cloudmarker config\` prints a secret. Write the secret itself, or a reference such as \${NAME}.`,
    },
  },
};
