// Devices, pipes, sockets and folders as inputs, by their names and as standard input (L-18).
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { BIN, Sandbox, finished, withoutName } from "./support/cli.ts";

/** Runs a line of bash in which `$CM` is the command with its store. */
function bash(sandbox: Sandbox, line: string): SpawnSyncReturns<string> {
  const command = `${process.execPath} ${BIN} write --store filestore --param path=./out`;
  return spawnSync("bash", ["-c", line], {
    cwd: sandbox.path,
    env: { PATH: process.env.PATH, HOME: sandbox.home, XDG_STATE_HOME: sandbox.state, NO_COLOR: "1", CM: command },
    encoding: "utf8",
    timeout: 30_000,
  });
}

const NONE = /: no record came in\.\n/u;
const TWO = /: 2 records /u;
const CUT = /INCOMPLETE: the input was not read to its end/u;
const EMPTY = /^$/u;
const BOTH = /^error: -c \S+: standard input cannot be both the configuration and the records\.\n/u;
const ENDS: [line: string, code: number, stdout: RegExp, stderr: RegExp][] = [
  ["$CM /dev/null", 0, NONE, EMPTY],
  ["$CM < /dev/null", 0, NONE, EMPTY],
  ["$CM <&-", 0, NONE, EMPTY],
  ["$CM /dev/stdin < /dev/null", 0, NONE, EMPTY],
  ["$CM /dev/null in.json", 0, TWO, EMPTY],
  ["$CM < in.json", 0, TWO, EMPTY],
  ["$CM /dev/stdin < in.json", 0, TWO, EMPTY],
  ["cat in.json | $CM /dev/stdin", 0, TWO, EMPTY],
  ["cat in.json | $CM /dev/fd/0", 0, TWO, EMPTY],
  ["mkfifo pipe; cat in.json > pipe & $CM pipe", 0, TWO, EMPTY],
  ["$CM /dev/zero", 65, CUT, /^error: \/dev\/zero: byte 0, line 1, column 1: binary data, not JSON\n/u],
  ["$CM < /dev/zero", 65, CUT, /^error: stdin: byte 0, line 1, column 1: binary data, not JSON\n/u],
  ["$CM /dev/full", 65, CUT, /binary data, not JSON\n.* at least 65,536 bytes; the rest is unknown\./u],
  ["$CM < .", 65, EMPTY, /^error: An input cannot be read; nothing was sent\.\n {2}stdin: is a folder/u],
  ["$CM 0> made", 65, CUT, /^error: stdin: is not open for reading/u],
  ["$CM /dev/stdin - < in.json", 64, EMPTY, /^error: Standard input \(-\) can be read once only\.\n$/u],
  ["$CM -c /dev/stdin < in.json", 64, EMPTY, BOTH],
  ["$CM -c - - < in.json", 64, EMPTY, BOTH],
  ["$CM -c c.yaml -c /proc/self/fd/0 --explain 1 < in.json", 64, EMPTY, BOTH],
  ["cat c.yaml | $CM -c /dev/stdin in.json", 0, TWO, EMPTY],
  ["$CM -c <(cat c.yaml) in.json", 0, TWO, EMPTY],
  ["mkfifo pipe; cat c.yaml > pipe & $CM -c pipe in.json", 0, TWO, EMPTY],
  ["mkfifo .cloudmarkerrc; $CM in.json", 78, EMPTY, /\/\.cloudmarkerrc" cannot be read: it is a pipe/u],
  ["mkfifo package.json; $CM in.json", 78, EMPTY, /\/package\.json" cannot be read: it is a pipe/u],
  [
    "ln -s /nope cloudmarker.yaml; $CM in.json",
    78,
    EMPTY,
    /\/cloudmarker\.yaml" cannot be read: it is a link to \/nope/u,
  ],
  ["mkdir w cloudmarker.yaml; cd w; $CM ../in.json", 78, EMPTY, /\/cloudmarker\.yaml" cannot be read: it is a folder/u],
  ["script -qec '$CM /dev/tty' /dev/null", 65, /\/dev\/tty: is a terminal; name files, or pipe records in/u, EMPTY],
];

describe("an input that is not a file", () => {
  test.each(ENDS)("%s", (line, code, stdout, stderr) => {
    using sandbox = new Sandbox();
    sandbox.file("in.json", '[{"n":1},{"n":2}]');
    sandbox.file("c.yaml", "markers: false\n");
    const ended = bash(sandbox, line);
    expect([ended.signal, ended.status]).toEqual([null, code]);
    expect(ended.stdout).toMatch(stdout);
    expect(withoutName(ended.stderr).stderr).toMatch(stderr);
  });

  test.runIf(process.getuid?.() === 0)(
    "a pipe called package.json in a folder above, made by another user, does not block the command (L-50)",
    () => {
      using sandbox = new Sandbox();
      sandbox.file("w/in.json", '[{"n":1},{"n":2}]');
      const { status, stdout, stderr } = bash(
        sandbox,
        "mkfifo package.json; chown 4711 package.json; cd w; $CM in.json",
      );
      expect([status, stdout]).toEqual([0, expect.stringMatching(TWO)]);
      expect(stderr).toMatch(/\/package\.json is not read: it, or a link on the way to it, belongs to another user/u);
    },
  );

  test("a socket is refused before anything is sent", async () => {
    using sandbox = new Sandbox();
    const server = createServer().listen(join(sandbox.path, "sock"));
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const child = sandbox.start(["write", "sock"]);
    expect(await finished(child)).toMatchObject({
      code: 65,
      stderr:
        "error: An input cannot be read; nothing was sent.\n  sock: is a socket; pipe its data in, for example with socat\n",
    });
  });

  test("standard input that is a socket is read under any of its names", async () => {
    using sandbox = new Sandbox();
    // Node gives its children sockets for pipes.
    for (const name of ["-", "/dev/stdin"]) {
      const { code, stdout } = await sandbox.run(
        ["write", "--store", "filestore", "--param", "path=./out", name],
        '{"n":1}',
      );
      expect([code, stdout]).toEqual([0, expect.stringContaining(": 1 record ")]);
    }
  });

  test("standard input that is a file is read from its current position", () => {
    using sandbox = new Sandbox();
    sandbox.file("in.ndjson", '{"n":1}\n{"n":2}\n{"n":3}\n');
    // `head` of coreutils leaves the file where it stopped reading.
    const { stdout, status } = bash(sandbox, "{ head -c 8 > first; $CM; } < in.ndjson");
    expect([status, stdout]).toEqual([0, expect.stringContaining(": 2 records")]);
  });
});
