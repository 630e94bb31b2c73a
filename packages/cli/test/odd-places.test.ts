import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BIN, NODES, Sandbox, withoutName } from "./support/cli.ts";

/** Runs a line of the shell in which \`cloudmarker\` is the command. */
function shell(sandbox: Sandbox, line: string, node = process.execPath): SpawnSyncReturns<string> {
  const start = `cloudmarker() { "${node}" "${BIN}" "$@"; }; ${line}`;
  const env = { PATH: process.env.PATH, HOME: sandbox.home, XDG_STATE_HOME: sandbox.state };
  return spawnSync("sh", ["-c", start], { cwd: sandbox.path, env, input: '{"n":1}\n', encoding: "utf8" });
}

test.each(NODES)(
  "a current folder that was deleted is the configuration's fault, and is named (L-18) on %s",
  (node) => {
    using sandbox = new Sandbox();
    for (const command of ["write", "check", "config", "write in.json"]) {
      const { status, stderr } = shell(sandbox, `mkdir gone; cd gone; rmdir ../gone; cloudmarker ${command}`, node);
      expect(stderr).toContain("error: The current folder does not exist any more.\n  It was removed or moved while");
      expect(status).toBe(78);
    }
    const json = shell(sandbox, "mkdir gone; cd gone; rmdir ../gone; cloudmarker check --json", node).stdout;
    expect(JSON.parse(json)).toMatchObject({ error: { code: "CURRENT_FOLDER_MISSING" }, exit: 78 });
    expect(shell(sandbox, "mkdir gone; cd gone; rmdir ../gone; cloudmarker --version", node).status).toBe(0);
  },
);

const FULL = "/dev/full";

test.skipIf(!existsSync(FULL)).each(NODES)(
  "a full disk under the output is reported, and shows in the exit code (L-18) on %s",
  (node) => {
    using sandbox = new Sandbox();
    const lines = [
      "write --store filestore --param path=./out",
      "write --json",
      "--version",
      "--help",
      "write --help",
      "config",
      "-p",
    ];
    for (const line of lines) {
      const { status, stderr } = shell(sandbox, `cloudmarker ${line} > ${FULL}`, node);
      expect(`${line}: ${withoutName(stderr).stderr}`).toBe(
        `${line}: error: the output cannot be written: no space left on device (ENOSPC)\n`,
      );
      expect(status).toBe(1);
    }
    expect(existsSync(join(sandbox.path, "out", "no_worker.json"))).toBe(true);
    // What is worse than that stays.
    expect(shell(sandbox, `cloudmarker write --nonsense > ${FULL} 2> ${FULL}`, node).status).toBe(64);
    // Nothing is lost where nothing had to be said.
    expect(shell(sandbox, `cloudmarker write --quiet 2> ${FULL}`, node).status).toBe(0);
  },
);

test("a reader that went away costs no record and no exit code", () => {
  using sandbox = new Sandbox();
  const line = "{ cloudmarker write --store filestore --param path=./out; echo $? >&2; } | true";
  expect(withoutName(shell(sandbox, line).stderr).stderr).toBe("0\n");
  expect(existsSync(join(sandbox.path, "out", "no_worker.json"))).toBe(true);
});
