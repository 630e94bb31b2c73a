import type { ParamsProblem } from "@cloudmarker/store-api";
import { pathProblem } from "@cloudmarker/store-kit/disk";
import type { FileStoreParams } from "./params.ts";

/** Problems that the schema cannot express. */
export function validate({ path, write_mode, format }: FileStoreParams): ParamsProblem[] {
  const problems: ParamsProblem[] = [];
  const wrongPath = pathProblem("path", path);
  if (wrongPath !== undefined) problems.push({ path: ["path"], message: wrongPath });
  const [part] = /%[YmdHMS]|\{(?:com\.|\/)[^{}]*\}/u.exec(path) ?? [];
  if (part !== undefined) {
    const literal = `path is a folder and has no placeholders: ${part} stays as it is. Each run replaces its files, or adds to them with write_mode: append; a folder for each day comes from a variable, such as \${TODAY}.`;
    problems.push({ path: ["path"], message: literal, isWarning: true });
  }
  const [file] = /[^/\\]+\.(?:json|ndjson|jsonl|gz|zst|log)$/iu.exec(path) ?? [];
  if (file !== undefined) {
    const folder = `path is the folder for the files, so ${file} becomes a folder. Write the folder alone: the files get names of their own.`;
    problems.push({ path: ["path"], message: folder, isWarning: true });
  }
  const message = "`write_mode: append` needs `format: ndjson`: a JSON array cannot be added to.";
  if (write_mode === "append" && format === "json") problems.push({ path: ["write_mode"], message });
  return problems;
}
