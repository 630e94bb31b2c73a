// What is published names nothing that its readers do not have: of ids only those of the clauses of the contract, which
// docs/store-contract.md defines.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
const PUBLISHED = [
  "README.md",
  "docs/**/*.md",
  "packages/*/README.md",
  "plugins/*/README.md",
  "packages/create-store/templates/**/*",
  ".changeset/*.md",
  // The documentation of what programs import.
  "packages/*/dist/**/*.d.ts",
  "plugins/*/dist/{index,params}.d.ts",
];

/** Ids of lists that only we have, and our own plans. */
const OURS = /\b(?:FS|ES|HEC|MG|L)-\d+\b|\bDESIGN\b|\bSTYLE\.md\b/g;

test("no page, declaration or template cites a list or a plan of ours", () => {
  const files = globSync(PUBLISHED, {
    cwd: ROOT,
    exclude: ["**/node_modules/**", "packages/cli/**"],
    withFileTypes: true,
  }).filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThan(100);
  const cited = files.flatMap(({ parentPath, name }) => {
    const found = readFileSync(join(parentPath, name), "utf8").match(OURS) ?? [];
    return found.map((id) => `${join(parentPath, name).slice(ROOT.length + 1)}: ${id}`);
  });
  expect(cited).toEqual([]);
});

test("every clause that is cited is in the contract", () => {
  const contract = readFileSync(join(ROOT, "docs", "store-contract.md"), "utf8");
  const defined = new Set(Array.from(contract.matchAll(/^- \*\*(SC-\d+)\*\*/gm), ([, id]) => id));
  const sources = globSync(["docs/*.md", "packages/*/src/**/*.ts", "plugins/*/src/**/*.ts"], { cwd: ROOT });
  const cited = sources.flatMap((file) => readFileSync(join(ROOT, file), "utf8").match(/\bSC-\d+\b/g) ?? []);
  expect([...new Set(cited)].filter((id) => !defined.has(id))).toEqual([]);
});
