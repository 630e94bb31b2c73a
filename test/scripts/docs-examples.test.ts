// Every TypeScript example of the documentation compiles strictly, as it stands.
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runProgram } from "../support/run-program.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const PAGES = ["README.md", "docs/**/*.md", "packages/*/README.md", "plugins/*/README.md"];
const TEMPLATES = join(ROOT, "packages", "create-store", "templates");

// Below the tests, where every package is installed.
const folder = mkdtempSync(join(ROOT, "test", "examples-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pages = globSync(PAGES, { cwd: ROOT, exclude: ["**/node_modules/**", "docs/api/**"] }).toSorted();

const examples = pages.flatMap((page) =>
  Array.from(readFileSync(join(ROOT, page), "utf8").matchAll(/^```ts\n(?:\/\/ (\S+\.ts)\n)?(.*?)^```$/gms), (found) => {
    const [, name = "index.ts", text = ""] = found;
    return { page, name, text };
  }),
);

/** What an example imports as the reader's own: the plugin of its page or of docs/authors.md, a server, a scanner. */
function writeNeighbours(project: string, from: string): void {
  const plugins = examples.filter(({ name }) => name === "src/index.ts");
  const plugin = plugins.find(({ page }) => page === from) ?? plugins.find(({ page }) => page === "docs/authors.md");
  for (const below of ["src", "test"]) mkdirSync(join(project, below), { recursive: true });
  writeFileSync(join(project, "src", "index.ts"), plugin?.text ?? "");
  cpSync(join(TEMPLATES, "http", "test", "server.ts"), join(project, "test", "server.ts"));
  writeFileSync(join(project, "scan.ts"), "export async function* scan(): AsyncGenerator<object> {\n  yield {};\n}\n");
}

test(
  "they compile under the settings that create-store gives to authors, and with nothing unused",
  { timeout: 120_000 },
  async () => {
    for (const [at, { page, name, text }] of examples.entries()) {
      const project = join(folder, `${at}-${page.replaceAll("/", "-")}`);
      writeNeighbours(project, page);
      mkdirSync(dirname(join(project, name)), { recursive: true });
      // A module of its own, so that examples do not share names.
      writeFileSync(join(project, name), `${text}export {};\n`);
    }
    // No test imports it from here.
    const paths = { "@cloudmarker/record-bson": [join(ROOT, "packages", "record-bson", "dist", "index.d.ts")] };
    const config = {
      extends: join(TEMPLATES, "common", "tsconfig.json"),
      compilerOptions: { noUnusedLocals: true, noUnusedParameters: true, paths },
      include: ["**/*.ts"],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const printed = runProgram(folder, join(ROOT, "node_modules", ".bin", "tsc"), ["-p", folder]);
    expect(await printed.catch((error: Error) => error.message)).toBe("");
  },
);

test("every page of the kit has an example, and so has every page for authors", () => {
  const kit = globSync("docs/kit/*.md", { cwd: ROOT });
  const { exports } = JSON.parse(readFileSync(join(ROOT, "packages/store-kit/package.json"), "utf8")) as {
    exports: Record<string, unknown>;
  };
  const entries = Object.keys(exports).filter((entry) => !entry.endsWith(".json"));
  expect(kit.toSorted()).toEqual(entries.map((entry) => `docs/kit/${entry.slice(2)}.md`).toSorted());
  const withExample = new Set(examples.map(({ page }) => page));
  const authors = [
    "docs/authors.md",
    "docs/hooks.md",
    "packages/store-api/README.md",
    "packages/store-testkit/README.md",
  ];
  expect([...kit, ...authors].filter((page) => !withExample.has(page))).toEqual([]);
});
