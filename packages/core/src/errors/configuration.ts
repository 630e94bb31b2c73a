import { type ConfigProblem, formatProblem } from "./config-problem.ts";
import { type ErrorRows, EXIT } from "./row.ts";

/** Facts of the errors about the configuration. */
export interface ConfigurationFacts {
  /** `problems` are sorted by place. */
  CONFIG_INVALID: { problems: { readonly problems: readonly ConfigProblem[] } };
  CONFIG_UNREADABLE: object;
}

/** The rows of the errors about the configuration. */
export const CONFIGURATION_ERRORS: ErrorRows<ConfigurationFacts> = {
  CONFIG_INVALID: {
    exit: EXIT.CONFIG,
    what: "The configuration has problems; each is listed with its place.",
    fix: "Correct each problem at its place; `cloudmarker check` looks for them without sending anything.",
    texts: {
      problems: ({ problems }) => ({
        message: summary(problems),
        why: problems.map(formatProblem).join("\n"),
        // Each problem says what to do about it.
        fix: "",
      }),
    },
  },
  CONFIG_UNREADABLE: {
    exit: EXIT.CONFIG,
    what: "A configuration file cannot be read or is not YAML.",
    fix: "Correct the file at the place that is named.",
    texts: {},
  },
};

/** The message contains the first problem, since test runners and logs show only the message. */
function summary(problems: readonly ConfigProblem[]): string {
  const [first] = problems;
  const text = first === undefined ? "none that is known" : (formatProblem(first).split("\n", 1)[0] ?? "");
  if (problems.length === 1) return `The configuration has 1 problem: ${text}`;
  return `The configuration has ${problems.length} problems. The first: ${text}`;
}
