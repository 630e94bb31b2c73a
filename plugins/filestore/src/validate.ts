import type { ParamsProblem } from "@cloudmarker/store-api";
import { homeFolderProblem } from "@cloudmarker/store-kit/disk";
import type { FileStoreParams } from "./params.ts";

/** Problems that the schema cannot express. */
export function validate({ path, write_mode, format }: FileStoreParams): ParamsProblem[] {
  const problems: ParamsProblem[] = [];
  const wrongPath = homeFolderProblem("path", path);
  if (wrongPath !== undefined) problems.push({ path: ["path"], message: wrongPath });
  const message = "`write_mode: append` needs `format: ndjson`: a JSON array cannot be added to.";
  if (write_mode === "append" && format === "json") problems.push({ path: ["write_mode"], message });
  return problems;
}
