import type { ProblemText } from "../config/problems.ts";
import type { LoadedConfig } from "../config/types.ts";
import { type ConfigProblem, formatProblem } from "../errors.ts";

/** What is wrong with a configuration and what is odd about it, gathered while it is inspected. */
export class ProblemList {
  readonly problems: ConfigProblem[];
  readonly warnings: string[];
  readonly #locate: LoadedConfig["locate"];

  constructor({ problems, warnings, locate }: Pick<LoadedConfig, "problems" | "warnings" | "locate">) {
    this.problems = [...problems];
    this.warnings = [...warnings];
    this.#locate = locate;
  }

  /** Adds a problem, with the place in a file where its key or its value stands. */
  add({ code, message }: ProblemText, path: ConfigProblem["path"], at: "key" | "value"): void {
    const location = this.#locate(path, at);
    this.problems.push({ code, message, path, ...(location && { location }) });
  }

  /** Adds a warning, with the place in a file where its key or its value stands. */
  warn(message: string, path: ConfigProblem["path"], at: "key" | "value" = "value"): void {
    const location = this.#locate(path, at);
    this.warnings.push(location ? formatProblem({ code: "", message, path, location }) : message);
  }

  /** Adds a problem of an option, which stands in no file. */
  addOption({ code, message }: ProblemText, path: ConfigProblem["path"]): void {
    this.problems.push({ code, message, path });
  }
}
