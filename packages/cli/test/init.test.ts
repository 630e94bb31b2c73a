// `cloudmarker init` (issue 16).
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DOWN, ENTER, onTerminal } from "../../../test/support/on-terminal.ts";
import { fileText, unwrapped, variablesOf, writtenSecrets } from "../src/init/draft.ts";
import { answerFault, variableFault } from "../src/init/questions.ts";
import { Sandbox, STORE_SOURCE } from "./support/cli.ts";

const FILES = ["--store", "filestore", "--param", "path=./out", "--param", "format=ndjson"];

describe("with --store", () => {
  test("it asks nothing, and check and write take what it wrote", async () => {
    using sandbox = new Sandbox();
    expect(await sandbox.run(["init", ...FILES])).toMatchObject({
      code: 0,
      stdout:
        "Wrote cloudmarker.yaml and cloudmarker.schema.json. Next:\n" +
        "  cloudmarker check\n  cloudmarker write scan.json\n",
      stderr: "",
    });
    const text = readFileSync(join(sandbox.path, "cloudmarker.yaml"), "utf8");
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/cloudmarker\.schema\.json\n/u);
    expect(text).toContain("      # Folder for the files. `~` is the home folder.");
    expect(JSON.parse(readFileSync(join(sandbox.path, "cloudmarker.schema.json"), "utf8"))).toHaveProperty("$defs");
    expect(await sandbox.run(["check"])).toMatchObject({ code: 0, stderr: "" });
    sandbox.file("scan.json", '{"a":1}');
    expect(await sandbox.run(["write", "scan.json"])).toMatchObject({ code: 0, stderr: "" });
    expect(readFileSync(join(sandbox.path, "out", "scan.ndjson"), "utf8")).toContain('"raw":{"a":1}');
  });

  test("several stores, a store of one's own, variables, and another file", async () => {
    using sandbox = new Sandbox();
    sandbox.file("my-store.ts", STORE_SOURCE);
    const params = ["my-store.path=x: y #z", "my-store.token=${TOKEN}", "filestore.mode=0640"];
    const args = ["--store", "./my-store.ts", "--store", "filestore", ...params.flatMap((one) => ["--param", one])];
    const { code, stdout } = await sandbox.run(["init", "-c", "my own.yaml", "--audit", "nightly", ...args]);
    expect([code, stdout]).toEqual([
      0,
      "Wrote my own.yaml and cloudmarker.schema.json. Next:\n  export TOKEN=…\n" +
        "  cloudmarker check -c 'my own.yaml'\n  cloudmarker write -c 'my own.yaml' scan.json\n",
    ]);
    const { stdout: effective } = await sandbox.run(["config", "-c", "my own.yaml", "--json"], "", { TOKEN: "t" });
    expect(JSON.parse(effective)).toMatchObject({
      config: {
        plugins: {
          "my-store": { plugin: "./my-store.ts", params: { path: "x: y #z", token: "${TOKEN}" } },
          filestore: { params: { mode: "0640" } },
        },
        audits: { nightly: { stores: ["my-store", "filestore"] } },
        run: ["nightly"],
      },
      exit: 0,
    });
  });

  test.each([
    ["a file that is there", ["-c", "there.yaml", ...FILES], 64, "there.yaml is there already, and init never over"],
    ["a folder that is not", ["-c", "no/a.yaml", ...FILES], 64, "no/a.yaml cannot be written: there is no such folder"],
    ["two files", ["-c", "a.yaml", "-c", "b.yaml", ...FILES], 64, "init writes one file: give -c once."],
    ["no store and no terminal", [], 64, "There is no terminal to ask on.\n  Say what you want: cloudmarker init --st"],
    ["params without a store", ["--param", "a=1"], 64, "--param needs --store."],
    [
      "a secret",
      ["--store", "./my-store.ts", "--param", "path=x", "--param", "token=s3cret"],
      64,
      "token of my-store.",
    ],
    ["params that are wrong", ["--store", "filestore", "--param", "formt=x"], 78, 'has an unknown key "formt".'],
    ["a plugin that is not there", ["--store", "jira"], 78, "cloudmarker plugins --search jira"],
  ])("it refuses %s, and writes nothing", async (_, args, exit, message) => {
    using sandbox = new Sandbox();
    sandbox.file("my-store.ts", STORE_SOURCE);
    sandbox.file("there.yaml", "mine");
    const { code, stdout, stderr } = await sandbox.run(["init", ...args]);
    expect([code, stdout]).toEqual([exit, ""]);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("s3cret");
    expect(existsSync(join(sandbox.path, "cloudmarker.yaml"))).toBe(false);
    expect(readFileSync(join(sandbox.path, "there.yaml"), "utf8")).toBe("mine");
  });
});

describe("on a terminal", () => {
  test("it asks for a store, tries it, and writes a file that check and write take", async () => {
    using sandbox = new Sandbox();
    const { shown, code, missed } = await onTerminal(["init"], sandbox.path, [
      ["Where do the records go?", ENTER],
      ["Folder for the files", `./mine${ENTER}`],
      ["Format of the files", ENTER],
      ["Another store", ENTER],
    ]);
    expect({ code, missed }).toEqual({ code: 0, missed: [] });
    expect(shown).toContain(`${join(sandbox.path, "mine")} can be written to`);
    expect(shown.replaceAll("\r", "")).toContain("Next:\n  cloudmarker check\n  cloudmarker write scan.json\n");
    expect(await sandbox.run(["check"])).toMatchObject({ code: 0, stderr: "" });
    sandbox.file("scan.json", '{"a":1}');
    expect(await sandbox.run(["write", "scan.json"])).toMatchObject({ code: 0 });
    expect(existsSync(join(sandbox.path, "mine", "scan.ndjson"))).toBe(true);
  });

  test("a secret is asked for the test and not written; a store that does not answer can be written all the same", async () => {
    using sandbox = new Sandbox();
    const { shown, code, missed } = await onTerminal(["init"], sandbox.path, [
      ["Where do the records go?", DOWN + ENTER],
      ["URL of the server", `http://u:p@127.0.0.1:1${ENTER}`],
      ["Leave user and password out of it", `${"\u007F".repeat(22)}http://127.0.0.1:1${ENTER}`],
      ["Index", ENTER],
      ["Credentials", DOWN + ENTER],
      ["User", `elastic${ENTER}`],
      ["Environment variable", ENTER],
      ["ES_PASSWORD is not set", `s3cret${ENTER}`],
      ["What now?", DOWN + ENTER],
      ["Another store", ENTER],
    ]);
    expect({ code, missed }).toEqual({ code: 0, missed: [] });
    expect(shown).toContain("refused: http://127.0.0.1:1 refuses the connection");
    expect(shown).toContain("export ES_PASSWORD=…");
    expect(shown).not.toContain("s3cret");
    const text = readFileSync(join(sandbox.path, "cloudmarker.yaml"), "utf8");
    expect(text).toContain('      node: "http://127.0.0.1:1"\n');
    expect(text).toContain('      password: "${ES_PASSWORD}"\n');
  });

  test.each([
    ["Ctrl-C", "\u0003"],
    ["Ctrl-D", "\u0004"],
  ])("what is left with %s writes nothing", async (_, keys) => {
    using sandbox = new Sandbox();
    const left = await onTerminal(["init"], sandbox.path, [["Where do the records go?", keys]]);
    expect(left.code).toBe(1);
    expect(left.shown).toContain("Nothing was written.");
    expect(existsSync(join(sandbox.path, "cloudmarker.yaml"))).toBe(false);
  });
});

test("a plugin that is not installed has no comments", () => {
  expect(fileText([{ key: "a b", plugin: "x", params: { max: 1 } }], "nightly")).toContain(
    '  "a b":\n    plugin: x # all its params: cloudmarker help x\n    params:\n      max: 1\n',
  );
});

test("variables and secrets are found wherever they stand", () => {
  const params = { a: "${A}", b: { c: ["${B}-${A}", "${C:-d}", "$${D}"] }, headers: { x: "${H}", y: "plain" } };
  expect(variablesOf(params)).toEqual(["A", "B", "H"]);
  const schema = {
    type: "object",
    properties: { a: { type: "string", writeOnly: true }, headers: { type: "object", writeOnly: true } },
  } as const;
  expect(writtenSecrets({ key: "k", plugin: "p", params, schema })).toEqual(["headers"]);
  expect(unwrapped(params)).toEqual(params);
});

test("answers that would put a secret into the file are refused", () => {
  expect(answerFault("mongodb://u:p@h/")).toBeDefined();
  expect(["http://h:9200", "h:27017", "./a@b"].map(answerFault)).toEqual([undefined, undefined, undefined]);
  expect(["ES_PASSWORD", "x1"].map(variableFault)).toEqual([undefined, undefined]);
  expect(["s3cret!", "", "1A"].map((name) => variableFault(name) === undefined)).toEqual([false, false, false]);
});
