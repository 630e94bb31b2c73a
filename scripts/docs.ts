// Keeps the generated parts of the documentation equal to the code: `docs:check` says where they differ, `docs:write`
// corrects them.
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RECIPE_STORES, recipeCommand } from "../docs/.vitepress/recipes.ts";
import { COMMAND_ERRORS, EXIT_TABLE } from "../packages/cli/src/exit-codes.ts";
import { PRESETS } from "../packages/cli/src/presets/table.ts";
import { exampleOf, placesOf } from "../packages/cli/src/presets/words.ts";
import { PROBLEMS } from "../packages/core/src/config/problems.ts";
import { ACTS, CONDITIONS, FAILURES, PAUSES, RULES, WAITS } from "../packages/core/src/delivery/retry-policy.ts";
import { ERROR_TABLE } from "../packages/core/src/errors.ts";
import { HOOK_TABLE } from "../packages/core/src/hooks.ts";
import { REF_RULES } from "../packages/core/src/plugins/parse-ref.ts";
import { paramsTable as paramsTableOf } from "../packages/store-testkit/src/params-table.ts";
import { documentedExports } from "./kit-exports.ts";
import { rewriteRegions, table } from "./regions.ts";

const root = join(import.meta.dirname, "..");
const PAGES = ["README.md", "docs/**/*.md", "packages/*/README.md", "plugins/*/README.md"];

/**
 * `params PLUGIN`, `plugin-refs`, `hooks`, `errors`, `command-errors`, `problems`, `retry-rules`, `retry-words`,
 * `presets`, `commands`, `exit-codes`, `kit ENTRY`, `help` or `help COMMAND`.
 */
async function render(region: string): Promise<string | undefined> {
  const [kind, ...words] = region.split(" ");
  const [subject = ""] = words;
  if (kind === "params") return paramsTable(subject);
  if (kind === "plugin-refs") return pluginRefsTable();
  if (kind === "hooks") return hooksTable();
  if (kind === "errors") return errorsList(ERROR_TABLE);
  if (kind === "command-errors") return errorsList(COMMAND_ERRORS);
  if (kind === "problems") return problemsTable();
  if (kind === "retry-rules") return retryRules();
  if (kind === "retry-words") return retryWords();
  if (kind === "presets") return presetsTable();
  if (kind === "commands") return commands();
  if (kind === "exit-codes") return exitCodesTable();
  if (kind === "kit") return kitTable(subject);
  if (kind === "help") return commandHelp(words);
  return undefined;
}

async function paramsTable(plugin: string): Promise<string | undefined> {
  const source = join(root, "plugins", plugin, "src", "index.ts");
  if (!existsSync(source)) return undefined;
  const { default: store } = await import(source);
  return paramsTableOf(store.params);
}

function pluginRefsTable(): string {
  const rows = REF_RULES.map(({ written, tried, rule }) => [code(written), tried.map(code).join(", "), rule]);
  return table(["Written", "Found as the first of", "Rule"], rows);
}

function hooksTable(): string {
  const rows = HOOK_TABLE.map(({ hook, type, when }) => [code(hook), type, when]);
  return table(["Hook", "Type", "When"], rows);
}

/** A heading for each code: it is an anchor, and the search of the site finds it. */
function errorsList(
  errors: Readonly<Record<string, { readonly exit: number; readonly what: string; readonly fix: string }>>,
): string {
  const parts = Object.entries(errors).map(
    ([name, { exit, what, fix }]) => `### ${code(name)}\n\n${what}\n\n${fix}\n\nExit code ${exit}.`,
  );
  return parts.join("\n\n");
}

function problemsTable(): string {
  return table(
    ["Code", "What is wrong"],
    Object.entries(PROBLEMS).map(([name, { what }]) => [`<a id="${name}"></a>${code(name)}`, what]),
  );
}

function retryRules(): string {
  return Object.entries(RULES)
    .map(([kind, rules]) => {
      const rows = rules.map((rule) => [...rule]);
      const columns = ["When", "What becomes of the batch", "Its wait", "Pause of the store"];
      return `**${kind}**: ${FAILURES[kind as keyof typeof FAILURES]}.\n\n${table(columns, rows)}`;
    })
    .join("\n\n");
}

function retryWords(): string {
  const conditions = Object.entries(CONDITIONS).map(([when, { means }]) => [when, means]);
  const groups: readonly (readonly [column: string, words: readonly string[][]])[] = [
    ["When", conditions],
    ["What becomes of the batch", Object.entries(ACTS)],
    ["Its wait", Object.entries(WAITS)],
    ["Pause of the store", Object.entries(PAUSES)],
  ];
  return groups.map(([column, words]) => table([column, "Meaning"], words)).join("\n\n");
}

function presetsTable(): string {
  const examples = [...PRESETS].map(([name, preset]) => exampleOf(name, preset));
  const rows = [...PRESETS].map(([name, preset]) => {
    const { title, noun, id, time } = preset;
    const times = time.map(({ from, format }) => `${code(from)}${format === undefined ? "" : ` (${format})`}`);
    const where = placesOf(preset).map(code).join(", ");
    const records = where === "" ? `each ${noun}, in no wrapper` : `each ${noun} of ${where}`;
    return [code(name), title, records, id.map(code).join(", "), times.join(", ")];
  });
  const columns = ["`--from`", "Scanner", "Records", "Identity", "Time"];
  return `\`\`\`sh\n${examples.join("\n")}\n\`\`\`\n\n${table(columns, rows)}`;
}

/** One command for each store. */
function commands(): string {
  const [name, preset] = [...PRESETS].find(([scanner]) => scanner === "trivy") ?? [];
  if (name === undefined || preset === undefined) return "";
  const example = { ...preset, command: preset.command.replace("IMAGE", "alpine") };
  const lines = RECIPE_STORES.map((store) => `# ${store.title}\n${recipeCommand(name, example, store)}`);
  return `\`\`\`sh\n${lines.join("\n\n")}\n\`\`\``;
}

function exitCodesTable(): string {
  const rows = EXIT_TABLE.map((exit) => [String(exit.code), exit.meaning]);
  return table(["Exit code", "What it says"], rows);
}

/** What an entry of the kit exports. */
function kitTable(entry: string): string | undefined {
  const source = join(root, "packages", "store-kit", "src");
  const file = [join(source, entry, "index.ts"), join(source, `${entry}.ts`)].find((path) => existsSync(path));
  if (file === undefined) return undefined;
  const rows = documentedExports(file).map(([name, what]) => [code(name), what]);
  return table(["Export", "What it is"], rows);
}

function commandHelp(command: readonly string[]): string {
  const bin = join(root, "packages", "cli", "bin", "cloudmarker.js");
  const args = [bin, ...command, "--help"];
  const env = { ...process.env, NO_COLOR: "1", COLUMNS: "100" };
  const help = execFileSync(process.execPath, args, { encoding: "utf8", env, stdio: "pipe" });
  return `\`\`\`text\n${help.trimEnd()}\n\`\`\``;
}

function code(text: string): string {
  return `\`${text}\``;
}

const writing = process.argv.includes("--write");
for (const page of globSync(PAGES, { cwd: root, exclude: ["**/node_modules/**"] }).toSorted()) {
  const path = join(root, page);
  const before = readFileSync(path, "utf8");
  try {
    const after = await rewriteRegions(before, render);
    if (after === before) continue;
    if (writing) {
      writeFileSync(path, after);
      process.stdout.write(`wrote ${page}\n`);
    } else {
      const line = before.split("\n").findIndex((text, index) => text !== after.split("\n")[index]);
      process.stderr.write(`${page}:${line + 1}: differs from the code; run: npm run docs:write\n`);
      process.exitCode = 1;
    }
  } catch (error) {
    process.stderr.write(`${page}:${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
