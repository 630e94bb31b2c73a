import { expect, onTestFinished, test } from "vitest";
import { Sandbox } from "./support/cli.ts";

test("what a tap of one store refuses is not kept: exit code 1, and the receipt says whose it is (SC-42)", async () => {
  const sandbox = new Sandbox();
  onTestFinished(() => sandbox[Symbol.dispose]());
  sandbox.file(
    "brittle.mjs",
    `export default { kind: "tap", name: "brittle", apiVersion: 1, params: { type: "object" }, apply(host) {
      host.hooks.record.tap("brittle", ({ raw }) => { if (raw.n === 2) throw new Error("no rule for 2"); });
    } };`,
  );
  sandbox.file(
    "c.yaml",
    `plugins:
  whole: { plugin: filestore, params: { path: ./whole, format: ndjson } }
  part: { plugin: filestore, params: { path: ./part, format: ndjson }, taps: [brittle] }
  brittle: { plugin: ./brittle.mjs }
audits: { a: { stores: [whole, part] } }
run: [a]
`,
  );
  const { stdout, stderr, code } = await sandbox.run(["write", "-c", "c.yaml"], '{"n":1}\n{"n":2}\n');
  expect(stderr).toContain("error: record 2, for a/part: brittle in host.hooks.record: no rule for 2");
  expect(stdout).toMatch(/2 records in [^,]*, NOT all delivered\.\n/);
  expect(stdout).toMatch(/^whole +2 +2 +0 +0 +0$/m);
  expect(stdout).toMatch(/^part +1 +1 +0 +0 +1$/m);
  expect(code).toBe(1);
});
