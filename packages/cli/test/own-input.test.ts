// The file that is read is the one that FileStore would write: it is never lost (FS-16).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Sandbox } from "./support/cli.ts";

const STORE = ["--store", "filestore", "--param", "path=."];

test.each([
  ["report", ["report.json", "--select", "Results"]],
  ["package", ["report.json", "--select", "Results", "--worker", "package"]],
])("a run that would write over %s.json keeps it, and says where", async (name, args) => {
  using sandbox = new Sandbox();
  const content = '{"Results":[{"n":1},{"n":2}]}\n';
  sandbox.file("report.json", content);
  sandbox.file(`${name}.json`, content);
  const { code, stdout } = await sandbox.run(["write", ...args, ...STORE, "--run-id", "r1"]);
  expect(code).toBe(0);
  expect(stdout).toContain(
    `${name}.json was there before and is not FileStore's; it was kept as ${name}.r1.previous.json.`,
  );
  expect(readFileSync(join(sandbox.path, `${name}.r1.previous.json`), "utf8")).toBe(content);
  expect(JSON.parse(readFileSync(join(sandbox.path, `${name}.json`), "utf8"))).toMatchObject([
    { raw: { n: 1 } },
    { raw: { n: 2 } },
  ]);
});
