// Completion in a shell (issue 16).
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { completions, completionScript } from "../src/commands/completion.ts";
import { type Actions, createProgram } from "../src/program.ts";
import { BIN, Sandbox } from "./support/cli.ts";

/** What fits at the cursor, and what the shell is told: 4 is that no file fits. */
function at(...words: string[]): string[] {
  const text = completions(words, createProgram("1.2.3", {} as Actions));
  return text
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/\t.*/u, ""));
}

const STORES = ["filestore", "esstore", "mongodbstore", "splunkhecstore"];

describe("at the cursor there fits", () => {
  test.each([
    ["a command", ["wr"], ["write", ":4"]],
    ["a command behind options and their values", ["-c", "a.yaml", "--json", "sch"], ["schema", ":4"]],
    ["a command of a command", ["dead-letters", "re"], ["replay", ":4"]],
    ["an option of the command", ["write", "--sel"], ["--select", ":4"]],
    ["an option that every command has", ["dead-letters", "replay", "--state-"], ["--state-dir", ":4"]],
    ["one of the values of an option", ["write", "--on-bad-line", ""], ["stop", "skip", ":4"]],
    ["such a value behind an equals sign", ["write", "--on-bad-line=s"], ["stop", "skip", ":4"]],
    ["a store of ours", ["check", "--store", ""], [...STORES, ":4"]],
    ["a path of a store", ["check", "--store", "./my"], [":0"]],
    ["nothing, for a value that only the user knows", ["write", "--deadline", ""], [":4"]],
    ["a file", ["write", ""], [":0"]],
    ["a file, for -c", ["write", "-c", ""], [":0"]],
    ["a plugin", ["plugins", "es"], ["esstore", ":4"]],
    ["a scanner", ["write", "--from", "kube"], ["kubescape", "kube-bench", ":4"]],
    ["a topic of the help", ["help", "exit"], ["exit-codes", ":4"]],
    ["a shell", ["completion", ""], ["bash", "zsh", "fish", ":4"]],
  ])("%s: %j", (_, words, found) => {
    expect(at(...words)).toEqual(found);
  });
});

/** What bash completes. */
function bash(...words: string[]): string[] {
  const script = `
    eval "$SCRIPT"
    cloudmarker() { "$NODE" "$BIN" "$@"; }
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    _cloudmarker
    for one in "\${COMPREPLY[@]}"; do echo "$one"; done`;
  const { stdout, stderr } = spawnSync("bash", ["-euc", script, "-", "cloudmarker", ...words], {
    encoding: "utf8",

    env: { ...process.env, NODE: process.execPath, BIN, SCRIPT: completionScript("bash") },
  });
  expect(stderr).toBe("");
  return stdout.split("\n").slice(0, -1);
}

test("bash asks the command, with words as bash splits them", () => {
  expect(bash("chec")).toEqual(["check"]);
  expect(bash("check", "--store", "=", "e")).toEqual(["esstore"]);
  expect(bash("check", "--store", "=")).toEqual(STORES);
});

test("bash runs nothing of what stands on the line", () => {
  expect(bash("write", "$(exit 3)", "`exit 3`", "--sel")).toEqual(["--select"]);
});

test.each([
  ["bash", "complete -o default -F _cloudmarker cloudmarker\n"],
  ["zsh", "compdef _cloudmarker cloudmarker\n"],
  ["fish", "complete -c cloudmarker "],
])("completion %s prints a script for it", async (shell, part) => {
  using sandbox = new Sandbox();
  const { code, stdout, stderr } = await sandbox.run(["completion", shell]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toContain(part);
});

test("completion of another shell says which there are (exit 64)", async () => {
  using sandbox = new Sandbox();
  const { code, stderr } = await sandbox.run(["completion", "tcsh"]);
  expect([code, stderr]).toEqual([64, expect.stringContaining("Allowed choices are bash, zsh, fish.")]);
});
