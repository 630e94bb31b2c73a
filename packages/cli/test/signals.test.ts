import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { finished, Sandbox, STORE_SOURCE } from "./support/cli.ts";

/** Waits for something that a child process will do. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(10);
}

test("a signal ends the reading, what was accepted is delivered, and the receipt printed (exit 1)", async () => {
  using sandbox = new Sandbox();
  sandbox.file("my-store.ts", STORE_SOURCE);
  const out = join(sandbox.path, "out.ndjson");
  const child = sandbox.start(["write", "--store", "./my-store.ts", "--param", `path=${out}`]);
  const end = finished(child);
  child.stdin.write('{"n":1}\n{"n":2}\n');
  // Standard input stays open, as with a scanner that runs on.
  await until(() => existsSync(out));
  child.kill("SIGINT");
  const { code, stdout, stderr } = await end;
  expect(code).toBe(1);
  expect(stdout).toContain("2 records");
  expect(stderr).toBe(
    "SIGINT: no more input is read; finishing what was accepted, within the deadline. Again: stop now.\n" +
      "error: the run was interrupted (SIGINT): the input was not read to its end\n",
  );
  expect(readFileSync(out, "utf8").trim().split("\n")).toHaveLength(2);
});

test("a second signal stops a store that hangs: its records are dead letters (exit 1)", async () => {
  using sandbox = new Sandbox();
  sandbox.file("my-store.ts", STORE_SOURCE);
  const out = join(sandbox.path, "out.ndjson");
  const args = ["write", "--store", "./my-store.ts", "--param", `path=${out}`, "--param", "mode=hang", "--json"];
  const child = sandbox.start(args);
  let stderr = "";
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const end = finished(child);
  child.stdin.write('{"n":1}\n');
  await until(() => existsSync(out));
  child.kill("SIGTERM");
  await until(() => stderr.includes("Again: stop now."));
  child.kill("SIGTERM");
  const { code, stdout } = await end;
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    stores: [{ accepted: 1, written: 0, deadLettered: 1 }],
    input: { interrupted: "SIGTERM" },
  });
});

test("an exception from a plugin's timer ends the run early with a receipt (exit 70)", async () => {
  using sandbox = new Sandbox();
  sandbox.file("my-store.ts", STORE_SOURCE);
  const out = join(sandbox.path, "out.ndjson");
  const child = sandbox.start(["write", "--store", "./my-store.ts", "--param", `path=${out}`, "--param", "mode=crash"]);
  const end = finished(child);
  child.stdin.write('{"n":1}\n');
  const { code, stdout, stderr } = await end;
  expect(code).toBe(70);
  expect(stdout).toContain("my-store");
  expect(stderr).toContain("error: an exception that nobody caught, so the run ends early: from a timer\n");
});
