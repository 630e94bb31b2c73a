import { existsSync, readFileSync } from "node:fs";
import { platform } from "node:os";
import { describe, expect, test } from "vitest";
import { finished, Sandbox, STORE_SOURCE } from "./support/cli.ts";

/** A store that leaves a file behind when it is opened. */
const OPENED = STORE_SOURCE.replace(
  "return {\n      async write",
  'appendFileSync(params.path + ".opened", "");\n    return {\n      async write',
);

describe.skipIf(platform() === "win32")("a state folder that cannot be used is exit code 78 (L-20)", () => {
  test.each([
    ["HOME=/dev/null", [], { HOME: "/dev/null", XDG_STATE_HOME: "" }, "/dev/null is in the way"],
    ["a file in its place", ["--state-dir", "s.ts"], {}, "s.ts is not a folder"],
  ])("%s: write does not wait for its input, and opens no store", async (_, args, env, why) => {
    using sandbox = new Sandbox();
    sandbox.file("s.ts", OPENED);
    for (const command of ["write", "check"]) {
      // Standard input stays open.
      const child = sandbox.start([command, "--store", "./s.ts", "--param", "path=out", ...args], env);
      const { code, stderr } = await finished(child);
      child.stdin.destroy();
      expect(code).toBe(78);
      expect(stderr).toContain(why);
      expect(stderr).toContain("Another one can be named with state_dir or --state-dir.");
    }
    expect(existsSync(`${sandbox.path}/out.opened`)).toBe(false);
  });

  test("an empty HOME is ignored: the system's home folder is used, and nothing is made in the current folder", async () => {
    using sandbox = new Sandbox();
    sandbox.file("s.ts", OPENED);
    const args = ["write", "--store", "./s.ts", "--param", "path=out", "--state-dir", "state"];
    const { code, stderr } = await sandbox.run(args, '{"n":1}', { HOME: "", XDG_STATE_HOME: "" });
    expect([code, stderr]).toEqual([0, ""]);
    expect(readFileSync(`${sandbox.path}/out`, "utf8")).toContain('"raw":{"n":1}');
    expect(existsSync(`${sandbox.path}/.local`)).toBe(false);
  });
});

test.each([["runs"], ["resume", "--all"], ["dead-letters", "list"], ["dead-letters", "purge", "--yes"]])(
  "%s %s does not take a folder that is not there, or cannot be read, for an empty one",
  async (...args) => {
    using sandbox = new Sandbox();
    const words = args.filter((word) => word !== undefined);
    const missing = await sandbox.run([...words, "--state-dir", "nowhere"]);
    expect([missing.code, missing.stderr]).toEqual([64, expect.stringContaining("There is no state folder ")]);
    sandbox.file("file", "");
    const wrong = await sandbox.run([...words, "--state-dir", "file"]);
    expect([wrong.code, wrong.stderr]).toEqual([
      78,
      expect.stringContaining("The state folder cannot be read: ENOTDIR"),
    ]);
  },
);
