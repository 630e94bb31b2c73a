import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { openState } from "@cloudmarker/core";
import type { Receipt } from "@cloudmarker/store-api";
import { describe, expect, test } from "vitest";
import { BIN, Sandbox, STORE_SOURCE, withoutName } from "./support/cli.ts";

/** A sandbox with a store file, and the arguments that use it; what it received. */
class Setup extends Sandbox {
  readonly out: string = join(this.path, "out.ndjson");
  readonly args: readonly string[];

  constructor(mode = "ok") {
    super();
    this.file("my-store.ts", STORE_SOURCE);
    this.args = ["write", "--store", "./my-store.ts", "--param", `path=${this.out}`, "--param", `mode=${mode}`];
  }

  /** What the store received. */
  received(): { raw: unknown; com: Record<string, string> }[] {
    if (!existsSync(this.out)) return [];
    const lines = readFileSync(this.out, "utf8").trim().split("\n");
    return lines.filter(Boolean).map((line) => JSON.parse(line) as { raw: unknown; com: Record<string, string> });
  }
}

interface JsonReceipt extends Receipt {
  input: { problems: { input: string; error: { code: string } }[]; hints: string[]; interrupted?: string };
  exit: number;
}

describe("write: inputs", () => {
  const forms: [string, string | Uint8Array][] = [
    ["an array", '[{"n":1},{"n":2}]'],
    ["NDJSON", '{"n":1}\n{"n":2}\n'],
    ["NDJSON with CRLF, a byte order mark and blank lines", '\uFEFF{"n":1}\r\n\r\n{"n":2}\r\n'],
    ["concatenated pretty JSON", '{\n  "n": 1\n}{\n  "n": 2\n}'],
    ["gzip", gzipSync('[{"n":1},{"n":2}]')],
  ];
  test.each(forms)("%s comes in from standard input", async (_name, input) => {
    using setup = new Setup();
    const { code, stderr } = await setup.run(setup.args, input);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(setup.received().map((record) => record.raw)).toEqual([{ n: 1 }, { n: 2 }]);
    expect(setup.received()[0]?.com).toMatchObject({
      origin_worker: "no_worker",
      audit_key: "default",
      target_key: "my-store",
    });
  });

  test("files name the worker, standard input among them does not", async () => {
    using setup = new Setup();
    setup.file("a.json", '[{"n":1}]');
    setup.file("sub/b.ndjson.gz", gzipSync('{"n":2}\n'));
    const { code } = await setup.run([...setup.args, "a.json", "-", "sub/b.ndjson.gz"], '{"n":3}');
    expect(code).toBe(0);
    expect(setup.received().map(({ raw, com }) => [raw, com["origin_worker"]])).toEqual([
      [{ n: 1 }, "a"],
      [{ n: 3 }, "no_worker"],
      [{ n: 2 }, "b"],
    ]);
  });

  test("--worker takes precedence over the record, the file's name does not", async () => {
    using setup = new Setup();
    setup.file("a.json", '{"raw":{},"ext":{},"com":{"origin_worker":"own"}}');
    await setup.run([...setup.args, "a.json"]);
    await setup.run([...setup.args, "a.json", "--worker", "mine", "--run-id", "r1", "--audit", "x"]);
    const [first, second] = setup.received().map((record) => record.com);
    expect(first).toMatchObject({ origin_worker: "own" });
    expect(second).toMatchObject({ origin_worker: "mine", audit_version: "r1", audit_key: "x" });
  });

  test("a named pipe is read to its end", async () => {
    using setup = new Setup();
    const command = `"$0" "$@" <(echo '{"n":1}'; echo '{"n":2}')`;
    const { status, stderr } = spawnSync("bash", ["-c", command, process.execPath, BIN, ...setup.args], {
      cwd: setup.path,
      env: { PATH: process.env.PATH, HOME: setup.home, XDG_STATE_HOME: setup.state },
      encoding: "utf8",
    });
    expect([status, withoutName(stderr).stderr]).toEqual([0, ""]);
    expect(setup.received()).toHaveLength(2);
  });

  test("--select reads the records inside a wrapper", async () => {
    using setup = new Setup();
    const { code } = await setup.run(
      [...setup.args, "--select", "report.items"],
      '{"report":{"items":[{"n":1},{"n":2}]}}',
    );
    expect(code).toBe(0);
    expect(setup.received()).toHaveLength(2);
  });

  test("if one object seems to contain the records, it says which --select would help", async () => {
    using setup = new Setup();
    const items = JSON.stringify(Array.from({ length: 20 }, (_, n) => ({ n, text: "x".repeat(50) })));
    const { code, stderr } = await setup.run(setup.args, `{"report":{"items":${items}}}`);
    expect(code).toBe(0);
    expect(stderr).toBe(
      "hint: stdin was taken as one record. If its parts are the records, use --select report.items (20 objects).\n",
    );
  });

  test("no record at all is not an error", async () => {
    using setup = new Setup();
    const { code, stdout } = await setup.run(setup.args, "");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Run \d{8}_\d{6}_[0-9a-z]{6}: no record came in\.\n/u);
  });

  test("all files that cannot be read are reported before anything is sent (exit 65)", async () => {
    using setup = new Setup();
    setup.file("a.json", '{"n":1}');
    const { code, stderr, stdout } = await setup.run([...setup.args, "a.json", "nope.json", "home"]);
    expect(code).toBe(65);
    expect(stdout).toBe("");
    expect(stderr).toBe(
      "error: 2 inputs cannot be read; nothing was sent.\n" +
        `  nope.json: there is no such file in ${setup.path}; correct the name, or write the whole path\n` +
        "  home: is a folder; name the files in it, such as home/*.json\n",
    );
    expect(setup.received()).toEqual([]);
  });

  test("an input that cannot be read to its end is in the headline (L-07, exit 65)", async () => {
    using setup = new Setup();
    setup.file("bad.json", '[{"n":1},');
    setup.file("good.json", '{"n":3}');
    const one = await setup.run([...setup.args, "bad.json"]);
    expect(one.code).toBe(65);
    expect(one.stdout).toMatch(
      /1 record in .*, INCOMPLETE: the input was not read to its end; what was read is delivered\./u,
    );
    const two = await setup.run([...setup.args, "bad.json", "good.json"]);
    expect(two.code).toBe(65);
    expect(two.stdout).toMatch(/2 records in .*, INCOMPLETE: an input was not read to its end; /u);
  });

  test("malformed input: what came before is delivered, the next file goes on, the error has the place (exit 65)", async () => {
    using setup = new Setup();
    setup.file("bad.json", '[{"n":1},\n{"n":2},\nERROR: lost connection');
    setup.file("good.json", '{"n":3}');
    const { code, stderr, stdout } = await setup.run([...setup.args, "bad.json", "good.json", "--json"]);
    expect(code).toBe(65);
    expect(setup.received().map((record) => record.raw)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    const receipt = JSON.parse(stdout) as JsonReceipt;
    expect(receipt).toMatchObject({ ok: false, complete: false, received: 3, exit: 65 });
    expect(receipt.stores[0]).toMatchObject({ accepted: 3, written: 3 });
    expect(receipt.input.problems).toMatchObject([{ input: "bad.json", error: { code: "INPUT_MALFORMED" } }]);
    expect(stderr).toMatch(/^error: bad\.json: byte 19, line 3, column 1: /u);
  });
});

describe("write: results", () => {
  test("--json prints the receipt as one document and nothing else", async () => {
    using setup = new Setup();
    const { code, stdout, stderr } = await setup.run([...setup.args, "--json"], '[{"n":1}]');
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      received: 1,
      stores: [{ audit: "default", store: "my-store", accepted: 1, written: 1, location: setup.out }],
      input: { problems: [], hints: [] },
      exit: 0,
    });
  });

  test("--quiet prints nothing when all is well, and the receipt when not", async () => {
    using good = new Setup();
    expect(await good.run([...good.args, "--quiet"], '{"n":1}')).toMatchObject({ code: 0, stdout: "", stderr: "" });
    using bad = new Setup("reject");
    const { code, stdout } = await bad.run([...bad.args, "--quiet"], '{"n":1}');
    expect(code).toBe(1);
    expect(stdout).toContain("NOT all delivered");
  });

  test("refused records are dead letters, and the receipt says why and where (exit 1)", async () => {
    using setup = new Setup("reject");
    const { code, stdout } = await setup.run(setup.args, '[{"n":1},{"n":2}]');
    expect(code).toBe(1);
    const run = /^Run (\S+):/mu.exec(stdout)?.[1];
    const command = `cloudmarker dead-letters list --run ${run} --store my-store`;
    expect(stdout).toContain(`my-store: 2 dead letters: ${command}\n  2 × nope: not today\n`);
    await using state = await openState(join(setup.state, "cloudmarker"));
    expect(await state.deadLetters.count({ run, store: "my-store" })).toMatchObject({ letters: 2 });
  });

  test("a store that hangs does not delay the end beyond the deadline, and what it did not take is kept (exit 75)", async () => {
    using setup = new Setup("hang");
    const { code, stdout } = await setup.run([...setup.args, "--deadline", "200ms", "--json"], '{"n":1}');
    expect(code).toBe(75);
    expect((JSON.parse(stdout) as JsonReceipt).stores[0]).toMatchObject({ accepted: 1, written: 0, spooled: 1 });
  });

  test("a reader that goes away is not a failure", async () => {
    using setup = new Setup();
    const child = setup.start([...setup.args, "--json"]);
    child.stdout.destroy();
    child.stdin.end('{"n":1}');
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).toBe(0);
    expect(setup.received()).toHaveLength(1);
  });

  test("without file and option, FileStore's defaults apply, and the receipt says where the records are", async () => {
    using setup = new Setup();
    const { code, stdout } = await setup.run(
      ["write", "--run-id", "cli-test", "--json", "--worker", "cli-test"],
      '{"n":1}',
    );
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as JsonReceipt).stores).toMatchObject([
      { store: "filestore", written: 1, location: "/tmp/cloudmarker" },
    ]);
  });

  test("a store of the configuration is used under its key, with params over its own", async () => {
    using setup = new Setup();
    setup.file(
      "cloudmarker.yaml",
      `plugins:\n  mine:\n    plugin: ./my-store.ts\n    params: { path: ${setup.out}, mode: reject }\naudits:\n  a: { stores: [mine] }\nrun: [a]\n`,
    );
    const { code } = await setup.run(["write", "--store", "mine", "--param", "mode=ok"], '{"n":1}');
    expect(code).toBe(0);
    expect(setup.received()[0]?.com).toMatchObject({ audit_key: "default", target_key: "mine" });
  });
});

describe("write: mistakes", () => {
  test("every problem of the configuration is a line with its place, then how many (exit 78)", async () => {
    using setup = new Setup();
    setup.file(
      "c.yaml",
      "plugins:\n  mine:\n    plugin: ./my-store.ts\n    params: { pth: x, mode: okay }\naudits: { a: { stores: [mine] } }\nrun: [a]\n",
    );
    const { code, stderr, stdout } = await setup.run(["write", "-c", "c.yaml"], '{"n":1}');
    expect([code, stdout]).toEqual([78, ""]);
    const lines = stderr.trim().split("\n");
    expect(lines.at(-1)).toBe("2 problems in the configuration; nothing was sent.");
    expect(lines.slice(0, -1).every((line) => /c\.yaml:4:\d+ {2}\S/u.test(line))).toBe(true);
    expect(stderr).toContain('Did you mean "path"?');
  });

  test("with --json the problems are a document", async () => {
    using setup = new Setup();
    const { code, stdout } = await setup.run(["write", "--json", "--store", "./nope.ts"], '{"n":1}');
    expect(code).toBe(78);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: "CONFIG_INVALID", problems: [{ code: "PLUGIN_NOT_FOUND" }] },
      exit: 78,
    });
  });

  test.each([
    [["write", "--slect", "a"], "unknown option '--slect'\n  Did you mean --select?"],
    [["write", "--deadline", "soon"], "--deadline soon is not a duration.\n  Such as 500ms, 90s, 5m or 1h."],
    [
      ["write", "--state-dir", ""],
      "option '--state-dir <folder>' argument '' is invalid. It must not be empty.\n  See cloudmarker write --help.",
    ],
    [
      ["write", "-c", ""],
      "option '-c, --config <file>' argument '' is invalid. It must not be empty.\n  See cloudmarker write --help.",
    ],
    [
      ["write", "--audit", ""],
      "option '--audit <name>' argument '' is invalid. It must not be empty.\n  See cloudmarker write --help.",
    ],
    [
      ["write", "--store", ""],
      "option '--store <name>' argument '' is invalid. It must not be empty.\n  See cloudmarker write --help.",
    ],
    [["write", "--param", "a=1"], "--param needs --store.\n  Example: --store filestore --param path=./out"],
    [["write", "-", "-"], "Standard input (-) can be read once only."],
    [["config", "foo"], "config takes no argument, but got foo.\n  See cloudmarker config --help."],
    [
      ["config", "own.yaml"],
      "config takes no file, but got own.yaml.\n  If it is the configuration: cloudmarker config -c own.yaml",
    ],
    [
      ["check", "own.yaml"],
      "check takes no file, but got own.yaml.\n  If it is the configuration: cloudmarker check -c own.yaml",
    ],
    [["write", "--store"], "option '--store <name>' needs a value.\n  See cloudmarker write --help."],
    [["runs", "forget"], "<run> is missing.\n  See cloudmarker runs forget --help."],
    [
      ["dead-letters", "show", "x"],
      "'x' is no <id>. It must be a whole number of at least 1.\n  See cloudmarker dead-letters show --help.",
    ],
    [["completion", "bsh"], "'bsh' is no <shell>. Allowed choices are bash, zsh, fish.\n  Did you mean bash?"],
    [["write", "-V"], "unknown option '-V'\n  It is called --version (-v) here."],
    [
      ["write", "--api-key=s3cret"],
      "unknown option '--api-key=…'\n  It is a param of a store: --store NAME --param api_key=VALUE",
    ],
    [
      ["--state-dir", ""],
      "option '--state-dir <folder>' argument '' is invalid. It must not be empty.\n  See cloudmarker --help.",
    ],
  ])("%j is a usage error (exit 64)", async (args, message) => {
    using setup = new Setup();
    expect(await setup.run(args)).toMatchObject({ code: 64, stdout: "", stderr: `error: ${message}\n` });
  });

  test("a terminal is not an input", () => {
    using setup = new Setup();
    // script(1) gives the command a terminal.
    const command = `"${process.execPath}" "${BIN}" write; echo "code $?"`;
    const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"], {
      cwd: setup.path,
      env: { PATH: process.env.PATH, HOME: setup.home, NO_COLOR: "1" },
      encoding: "utf8",
      input: "",
    });
    expect(stdout.replaceAll("\r", "")).toBe(
      "error: There is no input: standard input is a terminal.\n" +
        "  Name files, or pipe records in: some-scanner --json | cloudmarker write\ncode 64\n",
    );
  });
});
