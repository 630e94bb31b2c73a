import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync } from "node:fs";
import { platform } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { BIN, finished, NODES, Sandbox } from "./support/cli.ts";

/** A store that runs the code in `params.code` at `params.at`; at any other time it does nothing. */
const HOSTILE = `
import { writeFileSync } from "node:fs";
const run = (params, at) => params?.at === at ? new Function("process", "writeFileSync", params.code)(process, writeFileSync) : undefined;
export default {
  kind: "store", name: "hostile", apiVersion: 1, supports: {}, batch: {},
  params: { type: "object", properties: { at: { type: "string" }, code: { type: "string" } } },
  validate(params) { run(params, "validate"); return []; },
  batchFor(params) { run(params, "batchFor"); return {}; },
  open(params) {
    const held = run(params, "open");
    if (held) return held;
    if (params.at === "timer") setTimeout(() => run(params, "timer"), 1);
    return {
      async write() { run(params, "write"); if (params.at === "timer") await new Promise(() => undefined); },
      flush() { return run(params, "flush"); },
      done() { run(params, "done"); return {}; },
      check() { return run(params, "check") ?? { ok: true, code: "ok", message: "fine" }; },
      close() { return run(params, "close"); },
    };
  },
};`;

const RECORD = '{"n":1}\n';

function hostile(sandbox: Sandbox, command: string, at: string, code: string, ...more: string[]): string[] {
  sandbox.file("hostile.mjs", HOSTILE);
  return [command, "--store", "./hostile.mjs", "--param", `at=${at}`, "--param", `code=${code}`, ...more];
}

describe("a store that ends the process (L-01)", () => {
  test.for([
    ["write", "open", "open"],
    ["write", "write", "write"],
    ["write", "timer", "open"],
    ["write", "done", "done"],
    ["write", "close", "close"],
    ["check", "check", "check"],
  ] as const)("%s: process.exit(0) in %s ends with 70, and says who did it", async ([command, at, call]) => {
    using sandbox = new Sandbox();
    const { code, stdout, stderr } = await sandbox.run(hostile(sandbox, command, at, "process.exit(0)"), RECORD);
    expect(stderr).toContain("error: the process ended before the command had a result.\n");
    const place = `${join(sandbox.path, "hostile.mjs")}:3:`;
    expect(stderr).toContain(`  It was ended by ${call}() of the store hostile, at ${place}`);
    expect(stderr).toContain("delivery.isolation: thread");
    expect(stderr).toContain("There is no receipt.");
    expect(code).toBe(70);
    expect(stdout).toBe("");
  });

  test.for(["validate", "batchFor"])("also in %s, which runs before anything is opened", async (at) => {
    using sandbox = new Sandbox();
    const { code, stderr } = await sandbox.run(hostile(sandbox, "write", at, "process.exit(0)"), RECORD);
    expect(code).toBe(70);
    const place = join(sandbox.path, "hostile.mjs");
    expect(stderr).toContain(`It was ended by ${at}() of the plugin "hostile", at ${place}:3:`);
  });

  test.for([
    "process.exit(1)",
    "process.exit(78)",
    "process.exitCode = 0; process.exit()",
    "process.on('exit', () => { process.exitCode = 0; }); process.exit()",
    "process.on('exit', () => process.exit(0)); process.exit(3)",
    "process.prependListener('exit', () => process.exit(0)); process.exit(3)",
    "process.reallyExit(0)",
    "process.removeAllListeners('exit'); process.exit(0)",
    "try { process.exit(0) } finally { process.exit(0) }",
  ])("whatever code it gives and however it does it: %s", async (how) => {
    using sandbox = new Sandbox();
    const { code, stderr } = await sandbox.run(hostile(sandbox, "write", "write", how), RECORD);
    expect(code).toBe(70);
    expect(stderr.match(/the process ended before/gu)).toHaveLength(1);
  });

  test("one that is imported: the reference is used, since the name is not known yet", async () => {
    using sandbox = new Sandbox();
    sandbox.file("ends.mjs", "process.exit(0);");
    const { code, stderr } = await sandbox.run(["check", "--store", "./ends.mjs"]);
    expect(code).toBe(70);
    expect(stderr).toContain(
      `It was ended by import of the plugin "./ends.mjs", at ${join(sandbox.path, "ends.mjs")}:1:9.`,
    );
  });

  test("a tap, with its place", async () => {
    using sandbox = new Sandbox();
    sandbox.file(
      "tap.mjs",
      `export default { kind: "tap", name: "t", apiVersion: 1, params: { type: "object" },
        apply(host) { host.hooks.record.tap("t", () => process.exit(0)); } };`,
    );
    sandbox.file(
      "cloudmarker.yaml",
      "plugins: { t: { plugin: ./tap.mjs } }\naudits: { default: { stores: [filestore], taps: [t] } }\n",
    );
    const { code, stderr } = await sandbox.run(["write"], RECORD);
    expect(code).toBe(70);
    expect(stderr).toContain(`It was ended, at ${join(sandbox.path, "tap.mjs")}:2:64.`);
  });

  test("with --json the error is the one document on standard output", async () => {
    using sandbox = new Sandbox();
    const args = hostile(sandbox, "write", "write", "process.exit(0)", "--json");
    const { code, stdout } = await sandbox.run(args, RECORD);
    expect(code).toBe(70);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "ENDED" }, exit: 70 });
  });
});

describe("timers and sockets that plugins leave open do not change the exit code of a result (L-01)", () => {
  test.for([
    "process.exitCode = 5",
    "process.on('exit', () => { process.exitCode = 5; })",
    "process.on('exit', () => process.exit(5))",
    "process.on('exit', () => { throw new Error('late'); })",
  ])("%s", async (how) => {
    using sandbox = new Sandbox();
    const { code, stdout } = await sandbox.run(hostile(sandbox, "write", "open", how), RECORD);
    expect(stdout).toContain("1 record");
    expect(code).toBe(0);
  });

  test("nor does it make a bad one good", async () => {
    using sandbox = new Sandbox();
    const how = "process.on('exit', () => process.exit(0)); throw new Error('no')";
    const { code } = await sandbox.run(hostile(sandbox, "check", "check", how));
    expect(code).toBe(1);
  });
});

test("if nothing is left to wait for, the exit code is 70, and pending calls are named (L-01)", async () => {
  using sandbox = new Sandbox();
  const how =
    "const real = setTimeout; setTimeout = (fn, ms) => real(fn, ms).unref(); return new Promise(() => undefined);";
  const { code, stdout, stderr } = await sandbox.run(hostile(sandbox, "check", "open", how));
  expect(stderr).toContain("Under way: open() of the store hostile.");
  expect(stderr).toContain("Nothing was left to wait for");
  expect({ code, stdout }).toEqual({ code: 70, stdout: "" });
});

describe("a plugin whose top-level await never settles (L-01)", () => {
  const source =
    'import { writeFileSync } from "node:fs";\nwriteFileSync("importing", "");\nawait new Promise(() => undefined);';

  test("a signal ends the run, which has read nothing (exit 1)", async () => {
    using sandbox = new Sandbox();
    sandbox.file("never.mjs", source);
    const child = sandbox.start(["write", "--store", "./never.mjs", "--json"]);
    const end = finished(child);
    while (!existsSync(join(sandbox.path, "importing"))) await delay(10);
    child.kill("SIGTERM");
    const { code, stdout, stderr } = await end;
    expect(code).toBe(1);
    expect(stderr).toContain(
      `error: the run was interrupted (SIGTERM) before it began.\n  Under way: import of the plugin "./never.mjs".\n  Nothing was read and nothing was sent.\n`,
    );
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "INTERRUPTED" }, exit: 1 });
  });

  test("an uncaught exception meanwhile ends it too (exit 70)", async () => {
    using sandbox = new Sandbox();
    sandbox.file(
      "throws.mjs",
      'setTimeout(() => { throw new Error("from a timer"); }, 1);\nawait new Promise(() => undefined);',
    );
    const { code, stderr } = await sandbox.run(["write", "--store", "./throws.mjs"], RECORD);
    expect(code).toBe(70);
    expect(stderr).toContain("error: an uncaught exception, so the run ends early: from a timer\n");
    expect(stderr).toContain('It came from code that began in import of the plugin "./throws.mjs".\n');
  });
});

test("an uncaught exception ends a command that has no run to finish with 70, and one JSON document (L-01)", async () => {
  using sandbox = new Sandbox();
  const how = "setTimeout(() => { throw undefined; }, 1); return new Promise(() => undefined);";
  const { code, stdout, stderr } = await sandbox.run(hostile(sandbox, "check", "check", how, "--json"));
  expect(code).toBe(70);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "ENDED" }, exit: 70 });
  expect(stderr).toContain(
    "error: an uncaught exception ended the command: something was thrown that has no text: undefined\n",
  );
  expect(stderr).toContain("check() of the store hostile");
});

test("the secrets of the configuration stay hidden in uncaught exceptions and in what is printed (L-01, L-16)", async () => {
  using sandbox = new Sandbox();
  const source = HOSTILE.replace("code: {", 'token: { type: "string", writeOnly: true }, code: {');
  sandbox.file("hostile.mjs", source);
  const how = "console.log('Bearer s3cret-t0ken'); setTimeout(() => { throw new Error('s3cret-t0ken is bad'); }, 1)";
  const args = hostile(sandbox, "check", "check", `${how}; return new Promise(() => undefined)`, "--json");
  sandbox.file("hostile.mjs", source);
  const { code, stdout, stderr } = await sandbox.run([...args, "--param", "token=s3cret-t0ken"]);
  expect(code).toBe(70);
  expect(stderr).toContain("] Bearer ");
  expect(stderr + stdout).toContain(" is bad");
  expect(stderr + stdout).not.toContain("s3cret-t0ken");
});

test.skipIf(platform() === "win32").each(NODES)(
  "a call on the disk that never returns does not keep the command from ending (L-19) on %s",
  async (node) => {
    using sandbox = new Sandbox();
    execFileSync("mkfifo", [join(sandbox.path, "pipe")]);
    const how = "process.getBuiltinModule('node:fs').open('pipe', 'r', () => undefined)";
    const child = sandbox.start(hostile(sandbox, "write", "open", how, "--json"), {}, node);
    child.stdin.end(RECORD);
    const { code, stdout } = await finished(child);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, exit: 0 });
    expect(code).toBe(0);
    const failing = hostile(sandbox, "write", "open", `${how}; throw new Error('no')`, "--deadline", "1ms");
    const bad = sandbox.start(failing, {}, node);
    bad.stdin.end(RECORD);
    // What it did not take is kept.
    expect((await finished(bad)).code).toBe(75);
  },
);

test("an incomplete installation is reported, and ends with 70 as well (L-01)", () => {
  using sandbox = new Sandbox();
  const copy = join(sandbox.path, "copy");
  for (const part of ["bin", "lib", "package.json"])
    cpSync(join(BIN, "..", "..", part), join(copy, part), { recursive: true });
  const { status, stderr } = spawnSync(process.execPath, [join(copy, "bin", "cloudmarker.js"), "check"], {
    encoding: "utf8",
  });
  expect(stderr).toContain("cloudmarker cannot be loaded; install it again.\n");
  expect(stderr).toContain("Cannot find package");
  expect(status).toBe(70);
});
