// What a user sees of a store that somebody else wrote.
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { Sandbox } from "./support/cli.ts";

const URLS = ["--param", "url=http://127.0.0.1:1", "--param", "token=t0ken-of-mine"];

function storeSource({ open = "", check = "" } = {}): string {
  return `import { defineStore } from "${import.meta.resolve("@cloudmarker/store-api")}";
import { writeFileSync } from "node:fs";
export default defineStore({
  name: "rows", apiVersion: 1,
  params: {
    type: "object", required: ["url"],
    properties: { url: { type: "string" }, token: { type: "string", writeOnly: true } },
  },
  explain: (batch, { url }) => [
    { method: "POST", url, body: batch.map(({ json }) => json).join("\\n"), records: batch.length },
  ],
  open({ token }) {
    ${open}
    return {
      write() { writeFileSync("written", "a record came"); },
      check() { ${check} return { ok: true, code: "ok", message: "It answers." }; },
    };
  },
});
`;
}

interface Result {
  readonly ok: boolean;
  readonly exit: number;
  readonly conformance: readonly { store: string; checks: { key: string; clause: string; result: string }[] }[];
}

async function failuresOf(source: string): Promise<readonly string[]> {
  using sandbox = new Sandbox();
  sandbox.file("rows.ts", source);
  const { stdout, code } = await sandbox.run(["check", "./rows.ts", ...URLS, "--conformance", "--json"]);
  const { ok, exit, conformance } = JSON.parse(stdout) as Result;
  const failed = conformance.flatMap(({ checks }) => checks.filter(({ result }) => result === "failed"));
  expect([ok, exit, code]).toEqual(failed.length > 0 ? [false, 1, 1] : [true, 0, 0]);
  expect(stdout).not.toContain("t0ken-of-mine");
  return failed.map(({ clause, key }) => `${clause} ${key}`);
}

test("check --conformance opens, checks and closes a good store, and lets it write nothing", async () => {
  using sandbox = new Sandbox();
  sandbox.file("rows.ts", storeSource());
  const { stdout, stderr, code } = await sandbox.run(["check", "./rows.ts", ...URLS, "--conformance"]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("ok      default/rows (rows)  It answers.\n\nrows: 13 passed, 0 failed, 0 not asked\n");
  for (const key of ["schema-strict", "explain-masks", "keeps-secrets", "leaves-no-handle", "process-ends"])
    expect(stdout).toContain(`ok   ${key}\n`);
  expect(stdout).not.toContain("writes");
  expect(readdirSync(sandbox.path)).not.toContain("written");
});

test("without --conformance check says nothing of the contract", async () => {
  using sandbox = new Sandbox();
  sandbox.file("rows.ts", storeSource());
  const { stdout } = await sandbox.run(["check", "./rows.ts", ...URLS]);
  expect(stdout).not.toContain("passed");
});

test.each([
  ["says a secret", { check: "return { ok: true, code: 'ok', message: token };" }, "SC-02 keeps-secrets"],
  ["prints", { check: "console.log('hello');" }, "SC-04 prints-nothing"],
  ["makes a global", { open: "globalThis.rows = 1;" }, "SC-04 changes-nothing-global"],
  ["throws when nobody waits", { check: "void Promise.reject(new Error('late'));" }, "SC-04 throws-in-calls-alone"],
  ["leaves a timer", { open: "setInterval(() => undefined, 60_000);" }, "SC-32 leaves-no-handle"],
] as const)("check --conformance finds a store that %s", async (_, parts, clause) => {
  expect(await failuresOf(storeSource(parts))).toEqual([clause]);
});

test("check --conformance finds a store whose module keeps the process alive", async () => {
  const source = `${storeSource()}setInterval(() => undefined, 60_000).unref?.().ref();\n`;
  expect(await failuresOf(source)).toEqual(["SC-32 process-ends"]);
});

test("check --conformance finds a store whose module makes a global", async () => {
  expect(await failuresOf(`${storeSource()}globalThis.rows = 1;\n`)).toEqual(["SC-04 import-changes-nothing-global"]);
});

test("check --conformance blames no store for what Node makes when fetch is first used", async () => {
  expect(await failuresOf(`${storeSource()}await fetch("data:,");\n`)).toEqual([]);
});

test("params that are missing are a problem of the configuration, as without --conformance", async () => {
  using sandbox = new Sandbox();
  sandbox.file("rows.ts", storeSource());
  const { stderr, code } = await sandbox.run(["check", "./rows.ts", "--conformance"]);
  expect(code).toBe(78);
  expect(stderr).toContain("params.url is missing");
});
