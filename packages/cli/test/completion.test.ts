// Completion in a shell (issue 16).
import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
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

/** Whether this machine has a shell. */
function isInstalled(shell: string): boolean {
  return spawnSync(shell, ["-c", ":"]).status === 0;
}

/** A sandbox whose \`cloudmarker\` is the command, with two files. */
function shellSandbox(): { readonly sandbox: Sandbox; readonly env: Record<string, string> } {
  const sandbox = new Sandbox();
  const command = sandbox.file("bin/cloudmarker", `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`);
  chmodSync(command, 0o755);
  sandbox.file("scan.json", "[]");
  sandbox.file("my-store.ts", "");
  const env = { PATH: `${sandbox.path}/bin:${process.env.PATH}`, HOME: sandbox.home, TERM: "xterm" };
  return { sandbox, env };
}

/** What is on the line, and what the shell makes of it after one Tab. */
const LINES = [
  ["cloudmarker wri", "write"],
  ["cloudmarker dead-letters re", "replay"],
  ["cloudmarker write --sel", "--select"],
  ["cloudmarker check --store ./m", "./my-store.ts"],
  ["cloudmarker write sc", "scan.json"],
  ["cloudmarker -c sc", "scan.json"],
] as const;

test.skipIf(!isInstalled("fish"))("fish itself completes words, options, values and files", { timeout: 60_000 }, () => {
  const { sandbox, env } = shellSandbox();
  using _ = sandbox;
  const asks = LINES.map(([line]) => `complete -C '${line}'; echo`).join("; ");
  const script = `cloudmarker completion fish | source; ${asks}; complete -C 'cloudmarker write --on-bad-line '`;
  const { stdout } = spawnSync("fish", ["-c", script], { env, cwd: sandbox.path, encoding: "utf8" });
  const found = stdout.split("\n").map((line) => line.replace(/\t.*/u, ""));
  expect(found).toEqual([...LINES.flatMap(([, word]) => [word, ""]), "skip", "stop", ""]);
});

test.skipIf(!isInstalled("zsh"))("zsh itself completes words, options, values and files", { timeout: 60_000 }, () => {
  const { sandbox, env } = shellSandbox();
  using _ = sandbox;
  // A shell in a terminal of its own, as zsh completes only where a person types.
  const script = `
    zmodload zsh/zpty
    zpty shell zsh -f -i
    send() { zpty -w -n shell "$1"; }
    send $'autoload -U compinit; compinit -u -D; source <(cloudmarker completion zsh); PS1=REA""DY\n'
    zpty -r shell REPLY '*READY*'
    for line in "$@"; do
      # What was completed does not run: it becomes an argument of ":".
      send "$line"$'\t\u0001: \u0005\n'
      zpty -r shell REPLY '*READY*'
      print -r -- "$REPLY"
    done
    send $'exit\n'`;
  const given = LINES.map(([line]) => line);
  const { stdout } = spawnSync("zsh", ["-fc", script, "-", ...given], {
    env,
    cwd: sandbox.path,
    encoding: "utf8",
    timeout: 40_000,
  });
  for (const [, word] of LINES) expect(stdout).toContain(word);
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
