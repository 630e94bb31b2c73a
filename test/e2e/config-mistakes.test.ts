import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runCli } from "../support/run-cli.ts";

const FILE = fileURLToPath(new URL("../fixtures/mistakes.yaml", import.meta.url));

/** Place and beginning of every message that the file earns, in order. */
const EXPECTED: readonly (readonly [string, string])[] = [
  ["5:7", 'params has an unknown key "pth".'],
  ["6:15", 'params.format is "jsno". Did you mean "json"?'],
  ["7:17", 'params.compress is "zip". Did you mean "gzip"?'],
  ["8:7", "params.mode is a list, must be a string."],
  ["9:19", 'params.write_mode is "apend". Did you mean "append"?'],
  ["10:16", 'params.recover is "maybe". Known: salvage, keep, delete.'],
  ["12:25", "plugins.archive.delivery.batch.records must be a whole number of at least 1, not 0."],
  ["12:35", "plugins.archive.delivery.batch.bytes must be a size"],
  ["12:46", "plugins.archive.delivery.batch.age must be a duration"],
  ["12:52", 'plugins.archive.delivery.batch has an unknown key "size".'],
  ["13:25", "plugins.archive.delivery.queue.records must be a whole number of at least 1, not -1."],
  ["14:20", 'plugins.archive.delivery.concurrency must be a whole number of at least 1, not "two".'],
  ["15:16", "plugins.archive.delivery.timeout must be a duration"],
  ["16:7", 'plugins.archive.delivery has an unknown key "deadlin". Did you mean "deadline"?'],
  ["17:25", 'plugins.archive.delivery.retry has an unknown key "maximum".'],
  ["19:13", 'Plugin "filstore" is not installed. Did you mean "filestore"?'],
  ["20:3", "plugins.nameless does not say which plugin it is."],
  ["23:13", '"Not A Name" is not a plugin.'],
  ["25:13", 'Plugin "./missing.ts" is not a file.'],
  ["28:21", "plugins.env.params.path needs the environment variable NO_SUCH_VARIABLE, which is not set."],
  ["28:44", 'params has an unknown key "unknown".'],
  ["31:21", 'plugins.file.params.path needs the file "/no/such/file", which cannot be read'],
  ["36:23", 'audits.nightly.stores[1] names "archve", which is not defined under plugins. Did you mean "archive"?'],
  ["36:76", 'audits.nightly.stores names "archive" twice.'],
  ["37:5", 'audits.nightly has an unknown key "tap". Did you mean "taps"?'],
  ["39:5", "audits.empty has no stores."],
  ["41:13", "audits.odd.stores must be a list of keys of plugins"],
  ["42:16", 'run[1] names "nigthly", which is not defined under audits. Did you mean "nightly"?'],
  ["43:10", "markers must be true or false, not a string."],
  ["44:1", 'The configuration has an unknown key "stat_dir". Did you mean "state_dir"?'],
];

describe("a configuration with thirty different mistakes", () => {
  it("prints one line for each, sorted, with its place, and exits with 78", async () => {
    const folder = await mkdtemp(join(tmpdir(), "cloudmarker-mistakes-"));
    const { code, stdout, stderr } = await runCli(["check", "-c", FILE], folder);
    const lines = stderr.split("\n").filter((line) => line.startsWith(FILE));
    const cut = lines.map((line, index) => line.slice(0, FILE.length + 3 + (EXPECTED[index]?.join("").length ?? 0)));
    expect(cut).toEqual(EXPECTED.map(([place, message]) => `${FILE}:${place}  ${message}`));
    expect({ code, stdout }).toEqual({ code: 78, stdout: "" });
    expect(stderr.trimEnd().split("\n").at(-1)).toBe("30 problems in the configuration; nothing was sent.");
  });
});
