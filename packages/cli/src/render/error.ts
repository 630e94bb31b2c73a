import { type ConfigProblem, formatProblem, isCloudmarkerError, isConfigError, messageOf } from "@cloudmarker/core";
import { isError } from "@cloudmarker/store-api";
import { paramOption } from "../blame.ts";
import { CommandError } from "../exit-codes.ts";
import { count, indent, plain, type Colors } from "./text.ts";

/** An error for a person: what happened, then why and what to do. Ends in a line break. */
export function renderError(error: unknown, colors: Colors, debug: boolean): string {
  if (isConfigError(error)) {
    const lines = error.problems.map((problem) => plain(problemText(problem)));
    return `${lines.join("\n")}\n${colors.red(`${count(lines.length, "problem")} in the configuration; nothing was sent.`)}\n`;
  }
  const prefix = colors.red("error:");
  if (isCloudmarkerError(error) || error instanceof CommandError) {
    const details = error.details === undefined ? "" : `${indent(plain(error.details))}\n`;
    return `${prefix} ${plain(error.message)}\n${details}${debug ? stackOf(error) : ""}`;
  }
  const message = messageOf(error);
  const advice = debug ? stackOf(error) : "  Run it again with --debug for the place, and report that, please.\n";
  return `${prefix} this is a bug in cloudmarker or in a plugin: ${plain(message)}\n${advice}`;
}

/** A problem without a place in a file, with the option that sets the param: a file has all else. */
function problemText(problem: ConfigProblem): string {
  const { location, path, message } = problem;
  const isParam = path[0] === "plugins" && path[2] === "params" && path.length > 2;
  return !location && isParam ? `${paramOption(path)}  ${message}` : formatProblem(problem);
}

/** The address of what the documentation says about a code. */
export function docsOf(code: string): string {
  return `https://github.com/cloudmarker/stores/blob/main/docs/errors.md#${code.toLowerCase()}`;
}

/** The same for a program: the document that `--json` prints instead of a result. */
export function errorToJson(error: unknown, exit: number): object {
  if (isConfigError(error))
    return {
      error: { code: error.code, message: error.message, docs: docsOf(error.code), problems: error.problems },
      exit,
    };
  if (isCloudmarkerError(error) || error instanceof CommandError) {
    const { code, message } = error;
    return {
      error: { code, message, ...(error.details !== undefined && { details: error.details }), docs: docsOf(code) },
      exit,
    };
  }
  return { error: { code: "BUG", message: messageOf(error) }, exit };
}

function stackOf(error: unknown): string {
  let text = "";
  // An error may be its own cause.
  const seen = new Set<unknown>();
  for (let at = error; isError(at) && !seen.has(at); at = at.cause) {
    seen.add(at);
    text += `${indent(plain(at.stack ?? at.message))}\n`;
  }
  return text;
}
