import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Sandbox } from "./support/cli.ts";

test("text is used as it was written, on the command line as in a file (L-46)", async () => {
  using sandbox = new Sandbox();
  sandbox.file("cloudmarker.yaml", "plugins: { filestore: { params: { path: 2026, mode: 640 } } }");
  sandbox.file("a.json", "{}");
  expect(await sandbox.run(["write", "a.json"])).toMatchObject({ code: 0 });
  expect(statSync(join(sandbox.path, "2026", "a.json")).mode & 0o777).toBe(0o640);
  const args = ["--store", "filestore", "--param", "path=1e3", "--param", "mode=0600"];
  expect(await sandbox.run(["write", ...args, "a.json"])).toMatchObject({ code: 0 });
  expect(readFileSync(join(sandbox.path, "1e3", "a.json"), "utf8")).toContain('"raw":');
  expect(statSync(join(sandbox.path, "1e3", "a.json")).mode & 0o777).toBe(0o600);
});

test("config prints it in a form that is read back as the same value (L-46)", async () => {
  using sandbox = new Sandbox();
  sandbox.file("cloudmarker.yaml", "plugins: { filestore: { params: { path: 007, mode: 0640 } } }");
  const { stdout } = await sandbox.run(["config"]);
  expect(stdout).toMatch(/path: "007" +#/u);
  sandbox.file("again.yaml", stdout);
  expect((await sandbox.run(["config", "-c", "again.yaml"])).stdout).toMatch(/path: "007" +#.*again\.yaml/u);
});
