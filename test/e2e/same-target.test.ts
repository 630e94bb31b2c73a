// The stores of ours that would write to one place (L-08).
import { createHost } from "@cloudmarker/core";
import esstore from "@cloudmarker/esstore";
import mongodbstore from "@cloudmarker/mongodbstore";
import splunkhecstore from "@cloudmarker/splunkhecstore";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runCli } from "../support/run-cli.ts";

/** A folder with a configuration in which two stores of one audit have these params. */
function configured(first: string, second: string, audits = "audits: { nightly: { stores: [a, b] } }"): string {
  const folder = mkdtempSync(join(tmpdir(), "cloudmarker-target-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const lines = [
    "plugins:",
    "  a:",
    "    plugin: filestore",
    `    params: ${first}`,
    "  b:",
    "    plugin: filestore",
    `    params: ${second}`,
    audits,
    "state_dir: state",
  ];
  writeFileSync(join(folder, "cloudmarker.yaml"), `${lines.join("\n")}\n`);
  return folder;
}

test.each([
  ["the same path", "{ path: out }", "{ path: out }"],
  ["a slash at the end, and dots", "{ path: out/ }", "{ path: ./x/../out/. }"],
  ["a link to the folder above", "{ path: real/out }", "{ path: link/out }"],
  ["a link to the folder", "{ path: real }", "{ path: link/ }"],
])("two FileStores with %s are refused, with both places, before anything is written", async (_, first, second) => {
  const folder = configured(first, second);
  mkdirSync(join(folder, "real"));
  symlinkSync("real", join(folder, "link"));
  const config = join(folder, "cloudmarker.yaml");
  for (const command of [["check"], ["write"]]) {
    const { code, stderr } = await runCli(command, folder, '{"n":1}');
    expect({ code, stderr }).toMatchObject({
      code: 78,
      stderr: expect.stringMatching(
        new RegExp(
          `${config}:7:\\d+ +"b" and "a" \\(${config}:4:\\d+\\) both write to .*/\\*\\.json: what one writes, the other destroys`,
        ),
      ),
    });
  }
  expect(readdirSync(join(folder, "real"))).toEqual([]);
  expect(existsSync(join(folder, "out"))).toBe(false);
});

test("the default folder counts as well", async () => {
  const folder = configured("{}", "{ path: /tmp/cloudmarker }");
  const { code, stderr } = await runCli(["check"], folder);
  expect(code).toBe(78);
  expect(stderr).toContain("both write to /tmp/cloudmarker/*.json");
});

test("two audits that use one FileStore are refused: the records of one would replace those of the other", async () => {
  const audits = "audits: { nightly: { stores: [a] }, weekly: { stores: [a] } }";
  const folder = configured("{ path: out }", "{ path: other }", audits);
  const { code, stderr } = await runCli(["write"], folder, '{"n":1}');
  expect(code).toBe(78);
  const place = `${join(folder, "cloudmarker.yaml")}:8:`;
  expect(stderr).toMatch(
    new RegExp(
      `${place}\\d+ +Audits "nightly" \\(${place}\\d+\\) and "weekly" both use the store "a", which writes to .*/out/\\*\\.json`,
    ),
  );
  // Each by itself is fine.
  expect(await runCli(["write", "--audit", "weekly"], folder, '{"n":1}')).toMatchObject({ code: 0 });
});

test.each([
  ["files of other names", "{ path: out }", "{ path: out, format: ndjson }"],
  ["other folders", "{ path: out }", "{ path: out/sub }"],
  ["folders whose names differ in case", "{ path: out }", "{ path: OUT }"],
])("two FileStores with %s get along", async (_, first, second) => {
  const folder = configured(first, second);
  const { code, stdout } = await runCli(["write"], folder, '{"n":1}');
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("all delivered") });
});

test("files that several audits add to keep the records of all, and a second store of one audit is reported", async () => {
  const append = "{ path: out, format: ndjson, write_mode: append }";
  const audits = "audits: { nightly: { stores: [a] }, weekly: { stores: [a] } }";
  const folder = configured(append, append, audits);
  const both = await runCli(["write"], folder, '{"n":1}\n{"n":2}');
  expect(both.code).toBe(0);
  expect(both.stderr).not.toContain("write to");
  const { stdout } = await runCli(
    ["write", join("out", "no_worker.ndjson"), "--explain", "100", "--audit", "weekly"],
    folder,
  );
  expect(stdout.match(/"audit_key":"(?:nightly|weekly)"/gu)).toHaveLength(4);
  const { code, stderr } = await runCli(["check"], configured(append, append));
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /"a" \(.*:4:\d+\) and "b" \(.*:7:\d+\) of audit nightly both write to .*: each record is there twice\./,
  );
});

const ES = { node: "http://127.0.0.1:9200" };
const HEC = { uri: "https://127.0.0.1:8088", token: "secret-token" };

test.each([
  ["esstore", esstore, { ...ES, index: "x" }, { nodes: ["http://b:9200", "http://127.0.0.1:9200/"], index: "x" }, true],
  ["esstore", esstore, { ...ES, index: "x" }, { ...ES, index: "y" }, false],
  ["mongodbstore", mongodbstore, { db: "d" }, { uri: "mongodb://other,LOCALHOST/?w=1", db: "d" }, true],
  ["mongodbstore", mongodbstore, { db: "d" }, { db: "d", collection: "c" }, false],
  ["splunkhecstore", splunkhecstore, HEC, { ...HEC, uri: `${HEC.uri}/services/collector/event` }, true],
  ["splunkhecstore", splunkhecstore, HEC, { ...HEC, token: "another" }, false],
  ["splunkhecstore", splunkhecstore, { ...HEC, index: "i" }, { ...HEC, token: "another", index: "i" }, true],
] as const)("two of %s warn where they write to one place", async (_, plugin, first, second, same) => {
  const stores = { a: { plugin: plugin as never, params: first }, b: { plugin: plugin as never, params: second } };
  const { warnings, problems } = await createHost({ stores }).inspect();
  expect(problems).toEqual([]);
  expect(warnings.map((warning) => warning.replace(/\.params\.\w+/gu, "").replace(/ to .*/u, ""))).toEqual(
    same ? ['"a" (plugins.a) and "b" (plugins.b) of audit default both write'] : [],
  );
  expect(warnings.join("")).not.toContain("secret");
});
