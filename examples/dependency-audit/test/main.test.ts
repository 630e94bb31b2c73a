import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { findPackages } from "../src/packages.ts";

const root = join(import.meta.dirname, "../../..");
const main = join(root, "examples/dependency-audit/src/main.ts");

interface AuditRecord {
  readonly raw: { readonly name: string };
  readonly ext: Record<string, unknown>;
  readonly com: Record<string, unknown>;
}

let printed: string;
let records: readonly AuditRecord[];

beforeAll(() => {
  printed = execFileSync(process.execPath, [main], { cwd: root, encoding: "utf8" });
  records = readJson("audit-output/npm_packages.json");
});

test("there is one record per installed package, as many as the receipt says", async () => {
  const ids = new Set(records.map(({ com }) => com["record_id"]));
  expect(ids.size).toBe(records.length);
  expect(records.length).toBeGreaterThan(50);
  expect((await findPackages(root)).length).toBeGreaterThanOrEqual(records.length);
  expect(printed).toContain(`${records.length} packages, `);
  expect(printed).toContain(`${records.length} accepted, ${records.length} written, 0 dead-lettered, 0 spooled.`);
  expect(printed).toContain("The records are in audit-output/npm_packages.json.");
});

test("a record keeps package.json as it is, and says what was found", () => {
  const vitest = records.find(({ raw }) => raw.name === "vitest");
  expect(vitest?.raw).toEqual(readJson("node_modules/vitest/package.json"));
  expect(vitest?.ext).toMatchObject({ name: "vitest", license: "MIT", commands: ["vitest"] });
  expect(vitest?.com).toMatchObject({
    audit_key: "dependency_audit",
    origin_key: "dependency_audit",
    origin_worker: "npm_packages",
    record_type: "npm_package",
  });
});

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(join(root, path), "utf8"));
}
