// A state folder on a network file system, as the list of mounts has it: in a name space of its own the process sees
// another list.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, describe, it } from "vitest";
import { BIN, Sandbox, STORE_SOURCE } from "./support/cli.ts";

const FAKED = 'mount --bind "$0" /proc/$$/mountinfo && exec "$@"';
const canFake = spawnSync("unshare", ["-m", "sh", "-c", FAKED, "/dev/null", "true"]).status === 0;

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command where the folder of the sandbox is served by NFS. */
function run(sandbox: Sandbox, args: readonly string[], mode: string = ""): Result {
  const mounts = sandbox.file("mounts", `30 22 0:26 / ${sandbox.path} rw,relatime shared:2 - nfs4 server:/home rw\n`);
  const command = ["-m", "sh", "-c", FAKED, mounts, process.execPath, BIN, ...args];
  const env = { PATH: process.env["PATH"], HOME: sandbox.home, XDG_STATE_HOME: sandbox.state, MODE: mode };
  const { status, stdout, stderr } = spawnSync("unshare", command, {
    cwd: sandbox.path,
    input: '{"n":1}',
    env,
    encoding: "utf8",
  });
  return { code: status, stdout, stderr };
}

function sandboxWith(more: string, delivery: string = ""): Sandbox {
  const sandbox = new Sandbox();
  sandbox.file("s.ts", STORE_SOURCE);
  const store = `{ plugin: ./s.ts, params: { path: out, mode: "\${MODE:-ok}" }${delivery} }`;
  sandbox.file(
    "cloudmarker.yaml",
    `plugins: { s: ${store} }\naudits: { a: { stores: [s] } }\nstate_dir: ./kept\n${more}`,
  );
  return sandbox;
}

describe.runIf(canFake)("a state folder on a network file system", () => {
  it.each(["write", "check"])("is refused by %s before anything is read or made", (command) => {
    using sandbox = sandboxWith("");
    const { code, stderr } = run(sandbox, [command]);
    expect(code).toBe(78);
    expect(stderr).toContain(
      `cloudmarker.yaml:3:12  The state folder ${sandbox.path}/kept, which keeps what cannot be delivered, cannot be used: it is on a network file system (nfs4), on which locks cannot be trusted. Set state_dir_unsafe: true if only one machine uses it. Another one can be named with state_dir or --state-dir.`,
    );
    expect(existsSync(`${sandbox.path}/kept`)).toBe(false);
    expect(existsSync(`${sandbox.path}/out`)).toBe(false);
  });

  it("is used where state_dir_unsafe says so", () => {
    using sandbox = sandboxWith("state_dir_unsafe: true\n");
    expect(run(sandbox, ["write", "--quiet"])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(existsSync(`${sandbox.path}/out`)).toBe(true);
    expect(run(sandbox, ["write", "--deadline", "1s"], "hang")).toMatchObject({ code: 75 });
    expect(run(sandbox, ["runs"])).toMatchObject({ code: 0, stdout: expect.stringContaining("spooled 1 for s") });
    expect(run(sandbox, ["resume", "--all"])).toMatchObject({ code: 0 });
  });

  it("is used with a warning where nothing is kept for later", () => {
    using sandbox = sandboxWith("", ", delivery: { spool: false }");
    const { code, stderr } = run(sandbox, ["write"]);
    expect(code).toBe(0);
    expect(stderr).toContain(
      `The state folder ${sandbox.path}/kept is on a network file system (nfs4), on which locks cannot be trusted: a run that is interrupted cannot be resumed.`,
    );
    expect(existsSync(`${sandbox.path}/out`)).toBe(true);
    // What is refused is kept there all the same.
    const refused = run(sandbox, ["write", "--json"], "reject");
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout)).toMatchObject({ stores: [{ deadLettered: 1, lost: 0 }] });
  });
});
