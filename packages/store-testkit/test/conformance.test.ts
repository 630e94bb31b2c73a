import { defineStore } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
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
