import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Sandbox } from "./support/cli.ts";

test("a file for the predecessor that uses what its YAML has, works (L-63, MC-5, MC-7, ME-1)", async () => {
  using sandbox = new Sandbox();
  sandbox.file(
    "old.yaml",
    [
      "x-team: { name: audit }",
      "logger: { version: 1 }",
      "x-defaults: &defaults",
      "  plugin: cloudmarker.stores.filestore.FileStore",
      "plugins:",
      "  records:",
      "    <<: *defaults",
      "    params: { path: 2026 }",
      "  es:",
      "    plugin: cloudmarker.stores.esstore.EsStore",
      '    params: { host: localhost, port: "9200", index: 7, buffer_size: 0 }',
      "  mongo:",
      "    plugin: cloudmarker.stores.mongodbstore.MongoDBStore",
      "    params: { host: [db1, 'db2:27018'], password: 0123, username: me }",
      "  splunk:",
      "    plugin: cloudmarker.stores.splunkhecstore.SplunkHECStore",
      "    params: { uri: https://splunk.example:8088, token: 123, index: main, ca_cert: no }",
      "audits:",
      "  nightly: { stores: [records] }",
      "run: [nightly]",
    ].join("\n"),
  );
  const { code, stderr } = await sandbox.run(["write", "-c", "old.yaml", "missing.yaml", "-"], "{}");
  expect(code).toBe(0);
  expect(stderr).toMatch(/missing\.yaml" is passed over: there is no such file\./u);
  expect(stderr).toMatch(/"x-team" \(\S*old\.yaml:1:1\), "x-defaults" \(\S*old\.yaml:3:1\) are left alone/u);
  expect(readFileSync(join(sandbox.path, "2026", "no_worker.json"), "utf8")).toContain('"raw":{}');
});

test("-c without a file: the base configuration alone, whatever is beside (L-63, MC-6)", async () => {
  using sandbox = new Sandbox();
  sandbox.file("cloudmarker.yaml", "this is not a configuration");
  expect((await sandbox.run(["config", "-c"])).stdout).toContain("# base configuration");
  expect((await sandbox.run(["config"])).code).toBe(78);
});

test("the message about a plain ${x} in a password says how to write it (L-63, MC-8)", async () => {
  using sandbox = new Sandbox();
  const file = (password: string): string =>
    sandbox.file("cloudmarker.yaml", `plugins: { filestore: { params: { path: '${password}' } } }`);
  file("a${x}b");
  const { code, stderr } = await sandbox.run(["config"]);
  expect([code, stderr]).toEqual([
    78,
    expect.stringMatching(/cloudmarker\.yaml:1:\d+ .*For the text itself write \$\$\{x\}\./u),
  ]);
  file("a$${x}b");
  expect((await sandbox.run(["write", "-"], "{}")).code).toBe(0);
  expect(readFileSync(join(sandbox.path, "a${x}b", "no_worker.json"), "utf8")).toContain('"raw":{}');
});
