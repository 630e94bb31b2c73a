import { join } from "node:path";
import { expect, test } from "vitest";
import { StrayLines, StrayOutput } from "../src/stray-output.ts";
import { Sandbox } from "./support/cli.ts";

/** A store that prints wherever it can. */
const CHATTY = `
import { spawnSync } from "node:child_process";
import { isMainThread } from "node:worker_threads";
console.log("import");
process.on("exit", () => console.log("exit"));
export default {
  kind: "store", name: "chatty", apiVersion: 1, params: { type: "object" },
  open() {
    console.log("open");
    console.table([{ a: 1 }]);
    return {
      async write() {
        process.stdout.write("write ");
        await new Promise((resolve) => setTimeout(resolve, 1));
        process.stdout.write(Buffer.from("in two parts\\n"));
        if (isMainThread) spawnSync("echo", ["child"], { stdio: ["ignore", process.stdout, "ignore"] });
      },
      done() {
        process.stdout.write("not ended");
        return {};
      },
      check: () => (console.info("check"), { ok: true, code: "ok", message: "fine" }),
    };
  },
};
`;

test("the output of a plugin does not break --json: it goes to standard error (L-16)", async () => {
  using sandbox = new Sandbox();
  sandbox.file("chatty.mjs", CHATTY);
  const { code, stdout, stderr } = await sandbox.run(["write", "--store", "./chatty.mjs", "--json"], '{"n":1}\n');
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, exit: 0 });
  expect(code).toBe(0);
  for (const line of ["open", "write in two parts", "not ended"]) expect(stderr).toContain(`[chatty] ${line}\n`);
  // Before it has said its name, and when no call of it is under way.
  expect(stderr).toContain("[./chatty.mjs] import\n");
  expect(stderr).toContain(`[${join(sandbox.path, "chatty.mjs")}] exit\n`);
  expect(stderr).toMatch(/^child$/mu);
});

test.for(["check", "config", "plugins", "schema"])("nor that of %s", async (command) => {
  using sandbox = new Sandbox();
  sandbox.file("chatty.mjs", CHATTY);
  sandbox.file("c.yaml", "plugins: { c: { plugin: ./chatty.mjs } }\naudits: { a: { stores: [c] } }\n");
  const { code, stdout, stderr } = await sandbox.run([command, "-c", "c.yaml", "--json"]);
  expect(() => JSON.parse(stdout) as unknown).not.toThrow();
  expect(code).toBe(0);
  expect(stderr).toContain("[./chatty.mjs] import\n");
});

test("nor what a store in a thread of its own prints", async () => {
  using sandbox = new Sandbox();
  sandbox.file("chatty.mjs", CHATTY);
  const entry = { plugin: "./chatty.mjs", delivery: { isolation: "thread" } };
  sandbox.file("c.yaml", JSON.stringify({ plugins: { c: entry }, audits: { a: { stores: ["c"] } } }));
  const { code, stdout, stderr } = await sandbox.run(["write", "-c", "c.yaml", "--json"], '{"n":1}\n');
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, exit: 0 });
  expect(code).toBe(0);
  expect(stderr).toContain("[c (chatty)] write in two parts\n");
});

test("lines of several writers do not mix, and an endless line is printed in parts", () => {
  const told: string[] = [];
  const lines = new StrayLines((line, whose) => told.push(`${whose}: ${line.length > 20 ? line.length : line}`));
  lines.add("a", "one ");
  lines.add("b", "two\r\nthree");
  lines.add("a", Buffer.from("é\n").subarray(0, 1));
  lines.add("a", Buffer.from("é\n").subarray(1));
  lines.add("c", "x".repeat(10_000));
  lines.flush();
  expect(told).toEqual(["b: two", "a: one é", "c: 10000", "b: three"]);
});

test("a plugin that ends standard output and goes on printing does no harm", async () => {
  const told: string[] = [];
  const output = new StrayOutput(new StrayLines((line) => told.push(line)), () => undefined);
  output.end("last\n");
  output.write("more\n");
  await new Promise(setImmediate);
  expect(told).toEqual(["last"]);
});
