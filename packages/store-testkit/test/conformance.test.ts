import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineStore, type StorePlugin } from "@cloudmarker/store-api";
import { expect, onTestFinished, test } from "vitest";
import { Examination } from "../src/conformance.ts";
import { CHECKS } from "../src/table.ts";

function read(): never {
  throw new Error("no such table");
}

test("a `read` that fails is told once, with what the test has to do, and is no fault of the store", async () => {
  const plugin = defineStore({ name: "rows", apiVersion: 1, params: { type: "object" }, open: () => ({ write() {} }) });
  const examination = new Examination({ plugin, params: () => ({}), read });
  const make = (key: string) => {
    const check = CHECKS.find((one) => one.key === key);
    return check && examination.make(check);
  };
  try {
    expect(await make("empty-run-writes-nothing")).toMatchObject({
      result: "failed",
      came: "`read` of the test failed: Error: no such table",
      fix: "Let `read` of the test return what is stored, and no rows where nothing was written yet.",
    });
    expect(await make("writes")).toMatchObject({ result: "not asked", came: "empty-run-writes-nothing failed" });
  } finally {
    await examination.end();
  }
});

test("what keeps a process alive is named, without what the process has by itself", async () => {
  const folder = mkdtempSync(join(tmpdir(), "testkit-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const module = join(folder, "late.mjs");
  const plugin = `{ kind: "store", name: "late", apiVersion: 1, params: { type: "object" }, supports: {}, batch: {}, open }`;
  const open = "() => ({ write: () => void setInterval(() => console.error(1), 100) })";
  writeFileSync(module, `const open = ${open};\nexport default ${plugin};\n`);
  const { default: late } = (await import(module)) as { default: StorePlugin };
  const examination = new Examination({ plugin: late, module, params: () => ({}) });
  onTestFinished(() => examination.end());
  const check = CHECKS.find(({ key }) => key === "process-ends");
  const result = check && (await examination.make({ ...check, after: [] }));
  expect(result).toMatchObject({ result: "failed", came: "it was kept alive by Timeout" });
});
