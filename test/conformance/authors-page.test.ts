// docs/authors.md: the store that it shows is short, compiles strictly, and passes every check of what it claims.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StorePlugin } from "@cloudmarker/store-api";
import { checkStore } from "@cloudmarker/store-testkit";
import { afterAll, expect, test } from "vitest";
import { startServer, TOKEN } from "../../packages/create-store/templates/http/test/server.ts";
import { runProgram } from "../support/run-program.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const folder = mkdtempSync(join(import.meta.dirname, "page-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const page = readFileSync(join(ROOT, "docs", "authors.md"), "utf8");
const [, source = ""] = /```ts\n\/\/ src\/index\.ts\n(.*?)```/su.exec(page) ?? [];
const module = join(folder, "index.ts");
writeFileSync(module, source);

test("the store of the page has 25 lines at most, blank ones not counted", () => {
  expect(source.split("\n").filter((line) => line.trim() !== "").length).toBeLessThanOrEqual(25);
});

test("it compiles as the packages do that are made for authors", async () => {
  const config = join(ROOT, "packages", "create-store", "templates", "common", "tsconfig.json");
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ extends: config, include: ["*.ts"] }));
  expect(await runProgram(folder, join(ROOT, "node_modules", ".bin", "tsc"), ["-p", folder])).toBe("");
});

/** The whole suite waits for many time limits. */
const LIMIT = { timeout: 240_000 };

test("it passes every check of what it claims", LIMIT, async () => {
  const { default: plugin } = (await import(module)) as { default: StorePlugin };
  let server: Awaited<ReturnType<typeof startServer>> | undefined;
  const card = await checkStore({
    plugin,
    module,
    server: async () => (server = await startServer()),
    params: ({ url, namespace }) => ({ url: `${url}/tables/${namespace}`, token: TOKEN }),
    read: ({ namespace }) => server?.rows(namespace) ?? [],
    keeps: { digits: true, nul: false, duplicateKeys: true, depth: 200 },
  });
  expect(card.checks.filter(({ result }) => result === "failed")).toEqual([]);
  expect(card.passed).toBeGreaterThan(40);
});
