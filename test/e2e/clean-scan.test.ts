// A report of a scanner that found nothing, read with --select (L-06).
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runCli } from "../support/run-cli.ts";

const STORE = ["--store", "filestore", "--param", "path=./out", "--param", "format=ndjson"];
const SELECT = ["--select", "Results.Vulnerabilities"];

test.each([
  ["leaves the key out", '{"Results":[{"Target":"a"}]}', "is absent or null in the 1 place where it could be."],
  ["writes null", '{"Results":[{"Vulnerabilities":null}]}', "is absent or null in the 1 place where it could be."],
  ["has an empty list of results", '{"Results":[]}', "is empty."],
])("a clean report that %s is not an error, and sets the old findings aside", async (_name, clean, why) => {
  const folder = await mkdtemp(join(tmpdir(), "cloudmarker-clean-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const names = async () => (await readdir(join(folder, "out"))).filter((name) => !name.startsWith("."));
  const scan = (text: string) => writeFile(join(folder, "scan.json"), text);

  await scan('{"Results":[{"Target":"a","Vulnerabilities":[{"n":1},{"n":2}]}]}');
  expect(await runCli(["write", "scan.json", ...SELECT, ...STORE], folder)).toMatchObject({ code: 0, stderr: "" });
  expect(await names()).toEqual(["scan.ndjson"]);

  await scan(clean);
  const { code, stderr, stdout } = await runCli(["write", "scan.json", ...SELECT, ...STORE], folder);
  expect([code, stderr.split("\n").length]).toEqual([0, 2]);
  expect(stderr).toMatch(/^scan\.json: no records: /u);
  expect(stderr).toContain(why);
  expect(stdout).toContain("no record came in");
  const [name = ""] = await names();
  expect(name).toMatch(/^scan\.\d{8}_\d{6}_[0-9a-z]{6}\.previous\.ndjson$/u);
  expect((await readFile(join(folder, "out", name), "utf8")).trim().split("\n")).toHaveLength(2);

  await scan('{"SchemaVersion":2}');
  const wrong = await runCli(["write", "scan.json", "--json", ...SELECT, ...STORE], folder);
  expect(wrong.code).toBe(65);
  expect(JSON.parse(wrong.stdout)).toMatchObject({
    input: { problems: [{ error: { code: "INPUT_MALFORMED" } }], notes: [] },
  });
});

test.each(["", "items.", "items[]", "items.*", "/items/", "/", " items"])(
  "--select %j, which can lead nowhere, is refused before a file of yesterday is touched",
  async (path) => {
    const folder = await mkdtemp(join(tmpdir(), "cloudmarker-clean-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, "scan.json"), '{"items":[{"n":1}]}');
    await runCli(["write", "scan.json", "--select", "items", ...STORE], folder);
    const { code, stderr } = await runCli(["write", "scan.json", "--select", path, ...STORE], folder);
    expect([code, stderr]).toEqual([64, expect.stringContaining("--select <path>")]);
    expect(await readdir(join(folder, "out"))).toContain("scan.ndjson");
  },
);

test("a document without the key beside a good one is reported", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cloudmarker-clean-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const note = "scan.json: 1 of 2 documents has no items: the one at line 2";
  await writeFile(join(folder, "scan.json"), '{"items":[{"a":1}]}\n{"error":"throttled"}\n');
  const args = ["write", "scan.json", "--select", "items", ...STORE];
  expect(await runCli(args, folder)).toMatchObject({ code: 0, stderr: `${note}\n` });
  const { stdout } = await runCli([...args, "--json"], folder);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, input: { notes: [note] } });

  await writeFile(join(folder, "scan.json"), '{"a":[{"b":[{"n":1}]},5]}');
  const wrong = await runCli(["write", "scan.json", "--select", "a.b", ...STORE], folder);
  expect(wrong).toMatchObject({ code: 65, stderr: expect.stringContaining("a value at a is not an object") });
});
