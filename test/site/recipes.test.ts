// The recipes of the site are run as they stand, by a shell. Scanners of the same names print a report of each, and
// `npx` runs the command of this repository.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RECIPE_STORES, recipeCommand, recipeConfig } from "../../docs/.vitepress/recipes.ts";
import { PRESETS } from "../../packages/cli/src/presets/table.ts";
import { REPORTS } from "../../packages/cli/test/support/reports.ts";

const BIN = join(import.meta.dirname, "../../packages/cli/bin/cloudmarker.js");
/** The variables that the recipes name. */
const SECRETS = { SPLUNK_TOKEN: "token-of-splunk", ES_API_KEY: "key-of-es", MONGO_PASSWORD: "password-of-mongo" };

const NPX = `#!/bin/sh
while :; do
  case $1 in
    -y) shift ;;
    -p) shift 2 ;;
    *) break ;;
  esac
done
shift
exec ${process.execPath} ${BIN} "$@"
`;
const SCANNER = `#!/bin/sh
if [ "$REPORT_FILE" ]; then cat "$REPORT" > "$REPORT_FILE"; else cat "$REPORT"; fi
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cloudmarker-recipes-"));
  mkdirSync(join(folder, "bin"));
  const scanners = [...PRESETS.values()].map(({ command }) => command.split(" ")[0] ?? "");
  for (const name of scanners) makeProgram(name, SCANNER);
  makeProgram("npx", NPX);
});
afterAll(() => rmSync(folder, { recursive: true }));

function makeProgram(name: string, text: string): void {
  writeFileSync(join(folder, "bin", name), text);
  chmodSync(join(folder, "bin", name), 0o755);
}

/** Runs lines in a shell, in a folder of their own where a scanner finds its report. */
function run(lines: string, name: string): { readonly cwd: string; readonly stdout: string } {
  const cwd = mkdtempSync(join(folder, "run-"));
  mkdirSync(join(cwd, "output"));
  writeFileSync(join(cwd, "report"), REPORTS[name]?.text ?? "");
  const env = {
    ...process.env,
    ...SECRETS,
    PATH: `${join(folder, "bin")}${delimiter}${process.env["PATH"]}`,
    HOME: cwd,
    XDG_STATE_HOME: cwd,
    REPORT: join(cwd, "report"),
    REPORT_FILE: PRESETS.get(name)?.file?.replace("*", "scan") ?? "",
  };
  return { cwd, stdout: execFileSync("sh", ["-ec", lines], { cwd, env, encoding: "utf8", stdio: "pipe" }) };
}

const presets = [...PRESETS].map(([name, preset]) => ({ name, preset }));
/** Each other store with a scanner; the second one writes a file. */
const others = ["trivy", "prowler", "grype"].map((name, index) => ({ name, store: RECIPE_STORES[index] }));
const files = RECIPE_STORES.find(({ plugin }) => plugin === "filestore");

test.each(presets)("$name into files: every record is there", ({ name, preset }) => {
  if (!files) throw new Error("there is no recipe for FileStore");
  const { cwd } = run(recipeCommand(name, preset, files), name);
  const lines = readFileSync(join(cwd, "audit-records", `${name}.ndjson`), "utf8")
    .trim()
    .split("\n");
  expect(lines).toHaveLength(REPORTS[name]?.records ?? -1);
});

describe.each(others)(
  "$name into $store.plugin: what would be sent is printed, and nothing is sent",
  ({ name, store }) => {
    if (!store) throw new Error("a recipe is missing");
    test("by one command", () => {
      const preset = PRESETS.get(name);
      if (!preset) throw new Error(`there is no preset ${name}`);
      const { stdout } = run(`${recipeCommand(name, preset, store)} --explain 1`, name);
      expect(stdout).toContain("Batch 1: 1 record");
    });

    test("by a configuration", () => {
      const config = recipeConfig(name, store);
      const write = `npx cloudmarker write --from ${name} --explain 1`;
      const { stdout } = run(`cat > cloudmarker.yaml <<'END'\n${config}\nEND\n${write} "$REPORT"`, name);
      expect(stdout).toContain("Batch 1: 1 record");
    });
  },
);
