import { mkdtemp, readFile, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli } from "../support/run-cli.ts";

const STORE = ["--store", "filestore", "--param", "path=./out", "--param", "format=ndjson"];

describe("an input that breaks off", () => {
  it("delivers what came before and makes no file of an earlier run look old", async () => {
    const folder = await mkdtemp(join(tmpdir(), "cloudmarker-broken-"));
    const names = async () => (await readdir(join(folder, "out"))).filter((name) => !name.startsWith("."));
    await writeFile(join(folder, "scan.json"), '[{"n":1},{"n":2}]');
    expect(await runCli(["write", "scan.json", ...STORE], folder)).toMatchObject({ code: 0 });

    const wrong = await runCli(["write", "scan.json", "--select", "nowhere", ...STORE], folder);
    expect(wrong.code).toBe(65);
    expect(await names()).toEqual(["scan.ndjson"]);

    await writeFile(join(folder, "scan.json"), '[{"n":1},{"n":');
    const cut = await runCli(["write", "scan.json", ...STORE], folder);
    expect(cut.code).toBe(65);
    expect(cut.stderr).toContain("scan.json: byte 9, line 1, column 10:");
    expect(cut.stdout).toContain("1 record");
    // L-07: the complete file of the run before stays, and what came before the cut is beside it.
    const [partial = "", complete, ...others] = (await names()).toSorted();
    expect([complete, others]).toEqual(["scan.ndjson", []]);
    expect(partial).toMatch(/^scan\.\d{8}_\d{6}_[0-9a-z]{6}\.partial\.ndjson$/);
    expect(cut.stdout).toContain(`scan.ndjson stays as it was. The records of this run are in ${partial}.`);
    const lines = async (name: string) => (await readFile(join(folder, "out", name), "utf8")).trim().split("\n").length;
    expect([await lines("scan.ndjson"), await lines(partial)]).toEqual([2, 1]);

    await writeFile(join(folder, "scan.json"), "[]");
    expect(await runCli(["write", "scan.json", ...STORE], folder)).toMatchObject({ code: 0 });
    const previous = expect.stringMatching(/^scan\.\d{8}_\d{6}_[0-9a-z]{6}\.previous\.ndjson$/);
    expect(new Set(await names())).toEqual(new Set([partial, previous]));
  });
});
