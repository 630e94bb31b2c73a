// Words that people try, and the help by topic (issue 16).
import { describe, expect, test } from "vitest";
import { type Actions, createProgram } from "../src/program.ts";
import { commandMeant, insteadOf } from "../src/words.ts";
import { Sandbox, STORE_SOURCE } from "./support/cli.ts";

const LISTED = "\n  cloudmarker --help lists the commands.";

describe("a word that is no command", () => {
  test.each([
    ["wirte", `There is no command "wirte". Did you mean write?${LISTED}`],
    ["send", `There is no command "send". Did you mean write?${LISTED}`],
    ["retry", `There is no command "retry". Did you mean dead-letters replay?${LISTED}`],
    ["frobnicate", `There is no command "frobnicate".${LISTED}`],
    ["missing.json", `There is no command and no file "missing.json".${LISTED}`],
    ["scan.json", 'There is no command "scan.json".\n  To send a file: cloudmarker write scan.json'],
  ])("%s", async (word, message) => {
    using sandbox = new Sandbox();
    sandbox.file("scan.json", "{}");
    expect(await sandbox.run([word])).toMatchObject({ code: 64, stdout: "", stderr: `error: ${message}\n` });
  });

  test("what is meant by another program's word is a command line of ours", async () => {
    const actions = new Proxy({} as Actions, {
      get: (_, name) => async () => {
        if (name === "none") throw new Error("no such command");
      },
    });
    for (const word of ["send", "run", "dry-run", "status", "dlq", "retry", "test", "search", "show"]) {
      const meant = `${commandMeant(word)}${word === "search" ? " kafka" : ""}`;
      await createProgram("1.2.3", actions).parseAsync(meant.split(" "), { from: "user" });
    }
    expect([commandMeant("constructor"), insteadOf("toString")]).toEqual([undefined, undefined]);
  });
});

test.each(["validate", "lint", "test-connection"])("%s is check", async (word) => {
  using sandbox = new Sandbox();
  sandbox.file("my-store.ts", STORE_SOURCE);
  expect(
    await sandbox.run([word, "-q", "--store", "./my-store.ts", "--param", "path=x", "--param", "mode=hang"]),
  ).toMatchObject({ code: 1, stdout: "FAILED  default/my-store (my-store)  hang: mode is hang\n" });
});

test("--dry-run gets the way to --explain, and --verbose is --debug", async () => {
  using sandbox = new Sandbox();
  expect(await sandbox.run(["write", "--dry-run", "a.json"])).toMatchObject({
    code: 64,
    stderr:
      "error: unknown option '--dry-run'\n" +
      "  write --explain 3 FILE prints the requests that the first 3 records would cause, and sends nothing.\n",
  });
  const { stderr } = await sandbox.run(["write", "--verbose", "--deadline", "soon", "-"]);
  expect(stderr).toMatch(/--deadline soon is not a duration\.[^]*\n\s+at /u);
});

test("version is a command too", async () => {
  using sandbox = new Sandbox();
  const { stdout } = await sandbox.run(["--version"]);
  expect(await sandbox.run(["version"])).toMatchObject({ code: 0, stdout, stderr: "" });
  expect(await sandbox.run(["-q", "version"])).toMatchObject({ code: 0, stdout, stderr: "" });
});

describe("help", () => {
  test("alone it is --help, and of a command its --help", async () => {
    using sandbox = new Sandbox();
    for (const [words, args] of [
      [[], ["--help"]],
      [
        ["dead-letters", "replay"],
        ["dead-letters", "replay", "--help"],
      ],
      [["lint"], ["check", "--help"]],
    ] as const)
      expect(await sandbox.run(["help", ...words])).toEqual(await sandbox.run(args));
  });

  test.each([
    ["config", ["plugins.*.plugin: string\n", 'state.keep: number, at least 0 | string, default "90d"\n  How long']],
    ["exit-codes", ["\n78\n  The configuration, a plugin or the version of Node is wrong; nothing was sent.\n"]],
    ["errors", ["\nSECRET_MISSING (exit code 64)\n  A run had a secret param", "CONFIG_INVALID (exit code 78)\n"]],
    [
      "scanners",
      ["\nbandit: Bandit\n  bandit -r . -f json | cloudmarker write --from bandit\n", "Time: /raw/UpdatedAt\n"],
    ],
    [
      "config_invalid",
      ["CONFIG_INVALID (exit code 78)\n  The configuration has problems", "errors.md#config_invalid\n"],
    ],
    ["filestore", ["filestore: a store of version 1 of the contract", "\nformat: "]],
    ["./my-store.ts", ["my-store: a store", "\nmode: ok | hang | reject | crash"]],
  ])("of %s prints what the schemas and the tables say", async (topic, parts) => {
    using sandbox = new Sandbox();
    sandbox.file("my-store.ts", STORE_SOURCE);
    const { code, stdout, stderr } = await sandbox.run(["help", topic]);
    expect([code, stderr]).toEqual([0, ""]);
    for (const part of parts) expect(stdout).toContain(part);
  });

  test("of an unknown topic says which there are (exit 64)", async () => {
    using sandbox = new Sandbox();
    const { code, stdout, stderr } = await sandbox.run(["help", "exit-code"]);
    expect([code, stdout]).toEqual([64, ""]);
    expect(stderr).toContain('There is no help about "exit-code". Did you mean exit-codes?\n');
  });
});
