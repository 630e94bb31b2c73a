import type { ConfigProblem } from "../errors.ts";
import { readConfig } from "./read-config.ts";
import { pathText } from "./tree.ts";
import type { LoadedConfig } from "./types.ts";

/**
 * Everything that is wrong with the structure of a configuration. Plugins and their params are checked by those who load
 * plugins. Of a configuration that could not be read whole it says nothing, since what seems to be missing may be in the rest.
 */
export function checkConfig(loaded: LoadedConfig): ConfigProblem[] {
  if (loaded.problems.some((problem) => problem.code === "CONFIG_UNREADABLE")) return [];
  const unresolved = new Set(loaded.problems.map((problem) => pathText(problem.path)));
  const problems: ConfigProblem[] = [];
  readConfig(loaded, (path, at, code, message) => {
    // A value whose `${…}` is a problem already is not what it should be either.
    if (at === "value" && unresolved.has(pathText(path))) return;
    const location = loaded.locate(path, at);
    problems.push({ code, message, path, ...(location && { location }) });
  });
  return problems;
}
