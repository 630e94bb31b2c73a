import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BIN, Sandbox, STORE_SOURCE } from "./support/cli.ts";

const CONFIG = `plugins:
  mine:
    plugin: ./my-store.ts
    params:
      path: out.ndjson
      token: "\${TOKEN}"
    delivery:
      concurrency: 3
audits:
  nightly:
    stores: [mine]
run: [nightly]
delivery:
  timeout: 5s
`;

function sandboxWithConfig(): Sandbox {
  const sandbox = new Sandbox();
  sandbox.file("my-store.ts", STORE_SOURCE);
  sandbox.file("cloudmarker.yaml", CONFIG);
  return sandbox;
}

test("-v and --version print the version of the package", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  using sandbox = new Sandbox();
  expect(await sandbox.run(["-v"])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: "" });
  expect(await sandbox.run(["write", "--version"])).toMatchObject({ code: 0, stdout: `${version}\n` });
});

test("--help has the commands, examples and the exit codes", async () => {
  using sandbox = new Sandbox();
  const { code, stdout } = await sandbox.run(["--help"]);
  expect(code).toBe(0);
  for (const part of [
    "write [options] [file...]",
    "check",
    "plugins",
    "config",
    "schema",
    "Examples:",
    "  65  An input",
  ]) {
    expect(stdout).toContain(part);
  }
});

test("no command at all prints the help on standard error (exit 64)", async () => {
  using sandbox = new Sandbox();
  const { code, stdout, stderr } = await sandbox.run([]);
  expect([code, stdout]).toEqual([64, ""]);
  expect(stderr).toContain("Usage: cloudmarker");
});

test("-p prints the base configuration", async () => {
  using sandbox = new Sandbox();
  const { code, stdout } = await sandbox.run(["-p"]);
  expect(code).toBe(0);
  expect(stdout).toContain("  filestore:\n    plugin: filestore\n");
});

describe("check", () => {
  test("tries every store and writes nothing (exit 0)", async () => {
    using sandbox = sandboxWithConfig();
    expect(await sandbox.run(["check"], "", { TOKEN: "s3cret" })).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^Configuration: \S+\/cloudmarker.yaml\nok {6}nightly\/mine \(my-store\) {2}mode is ok\nThe state folder \S+ has \S+ \S+ free. Nothing is waiting in it.\n$/u,
      ),
      stderr: "",
    });
  });

  test("reports a store whose back end does not answer (exit 1)", async () => {
    using sandbox = sandboxWithConfig();
    const { code, stdout } = await sandbox.run(["check", "--store", "mine", "--param", "mode=hang", "--json"], "", {
      TOKEN: "x",
    });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, stores: [{ ok: false, code: "hang" }], exit: 1 });
  });

  test("-q prints the stores that failed and nothing else", async () => {
    using sandbox = sandboxWithConfig();
    const token = { TOKEN: "s3cret" };
    expect(await sandbox.run(["check", "-q"], "", token)).toMatchObject({ code: 0, stdout: "", stderr: "" });
    sandbox.file(
      "other.yaml",
      "plugins: { other: { plugin: ./my-store.ts, params: { path: x, mode: hang } } }\naudits: { nightly: { stores: [mine, other] } }",
    );
    expect(await sandbox.run(["check", "-q", "-c", "cloudmarker.yaml", "-c", "other.yaml"], "", token)).toMatchObject({
      code: 1,
      stdout: `FAILED  nightly/other (my-store)  hang: mode is hang\n        see ${join(sandbox.path, "other.yaml")}:1:12\n`,
      stderr: "",
    });
  });

  test("reports a wrong configuration with its places (exit 78)", async () => {
    using sandbox = sandboxWithConfig();
    const { code, stderr } = await sandbox.run(["check"]);
    expect(code).toBe(78);
    expect(stderr).toContain("cloudmarker.yaml:6:14  ");
    expect(stderr).toContain("1 problem in the configuration; nothing was sent.\n");
  });
});

describe("config", () => {
  test("shows effective values with their origin, and no secret", async () => {
    using sandbox = sandboxWithConfig();
    const { code, stdout } = await sandbox.run(["config"], "", { TOKEN: "s3cret" });
    expect(code).toBe(0);
    expect(stdout).not.toContain("s3cret");
    const file = join(sandbox.path, "cloudmarker.yaml");
    const lines = stdout.split("\n").map((line) => line.replace(/ +#/u, " #"));
    expect(lines).toContain(`      path: out.ndjson # ${file}:5:13`);
    expect(lines).toContain(`      token: "\${TOKEN}" # \${TOKEN}, ${file}:6:14`);
    expect(lines).toContain("      mode: ok # default");
    expect(lines).toContain(`      concurrency: 3 # ${file}:8:20`);
    expect(lines).toContain(`      timeout: "5s" # ${file}:14:12`);
    expect(lines).toContain("    plugin: esstore # base configuration");
  });

  test("says what came from the command line, also as JSON", async () => {
    using sandbox = sandboxWithConfig();
    const { stdout } = await sandbox.run(["config", "--json", "--store", "mine", "--param", "path=b"], "", {
      TOKEN: "t",
    });
    expect(JSON.parse(stdout)).toMatchObject({
      config: { plugins: { mine: { params: { path: "b", token: "${TOKEN}" } } }, run: ["default"] },
      origins: { "plugins.mine.params.path": "command line" },
      exit: 0,
    });
  });
});

test("plugins lists the configured plugins, each with its file", async () => {
  using sandbox = sandboxWithConfig();
  const { code, stdout } = await sandbox.run(["plugins"], "", { TOKEN: "t" });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^mine +\.\/my-store\.ts +store .*my-store\.ts$/mu);
});

describe("plugins NAME", () => {
  test("describes a plugin that is configured: its params with defaults, and how it gets its records", async () => {
    using sandbox = sandboxWithConfig();
    const { code, stdout } = await sandbox.run(["plugins", "mine"], "", { TOKEN: "t" });
    expect(code).toBe(0);
    expect(stdout).toContain("path: string, required\n  File to append to.\n");
    expect(stdout).toContain("records or");
  });

  test("and one that is not: our own, by its short name", async () => {
    using sandbox = new Sandbox();
    const { code, stdout } = await sandbox.run(["plugins", "filestore", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      name: "filestore",
      kind: "store",
      apiVersion: 1,
      supports: { ordered: true, durable: true },
      params: expect.arrayContaining([expect.objectContaining({ name: "format", default: "json", required: false })]),
      exit: 0,
    });
  });

  test("shows what the report card of its package says", async () => {
    using sandbox = new Sandbox();
    const folder = "node_modules/cloudmarker-store-acme";
    sandbox.file(
      `${folder}/package.json`,
      '{"name":"cloudmarker-store-acme","version":"1.2.3","exports":"./index.mjs"}',
    );
    sandbox.file(
      `${folder}/index.mjs`,
      'export default { kind: "store", name: "acme", apiVersion: 1, supports: {}, batch: {}, params: { type: "object" }, open: () => ({ write() {} }) };',
    );
    sandbox.file(`${folder}/conformance.json`, '{"passed":70,"failed":1,"notAsked":2}');
    const { code, stdout } = await sandbox.run(["plugins", "acme"]);
    expect(code).toBe(0);
    expect(stdout).toContain("acme: a store of version 1 of the contract, cloudmarker-store-acme@1.2.3\n");
    expect(stdout).toContain("It has no params.");
    expect(stdout).toContain("70 checks of the contract passed, 1 failed, as its package says (conformance.json).");
  });

  test("says how to look for one if there is none", async () => {
    using sandbox = new Sandbox();
    const { code, stderr } = await sandbox.run(["plugins", "nosuch"]);
    expect(code).toBe(78);
    expect(stderr).toContain("cloudmarker plugins --search nosuch");
  });
});

/** A program in place of npm that prints this. */
function withNpm(sandbox: Sandbox, script: string): Record<string, string> {
  chmodSync(sandbox.file("bin/npm", `#!/bin/sh\n${script}\n`), 0o755);
  return { PATH: `${join(sandbox.path, "bin")}:${process.env["PATH"] ?? ""}` };
}

describe("plugins --search", () => {
  test("lists the packages of npm's registry that have the keyword, and says that it asks there", async () => {
    using sandbox = new Sandbox();
    const answer = JSON.stringify([
      { name: "cloudmarker-store-kafka", version: "1.0.0", description: "To Kafka.", keywords: ["cloudmarker-store"] },
      { name: "kafka-tools", version: "2.0.0", description: "Other.", keywords: ["kafka"] },
    ]);
    const env = withNpm(sandbox, `echo "$@" >> asked; echo '${answer}'`);
    const { code, stdout, stderr } = await sandbox.run(["plugins", "--search", "kafka"], "", env);
    expect(code).toBe(0);
    expect(stderr).toContain("Asking the registry that npm is set to (npm search) …");
    expect(stdout).toMatch(/^cloudmarker-store-kafka@1\.0\.0 +store +To Kafka\.$/mu);
    expect(stdout).not.toContain("kafka-tools");
    expect(stdout).toContain("npm install cloudmarker-store-kafka");
    expect(readFileSync(join(sandbox.path, "asked"), "utf8")).toContain("--searchlimit=100 cloudmarker-store kafka");
  });

  test("without a word it lists all of them, also those whose version the registry does not say", async () => {
    using sandbox = new Sandbox();
    const answer = JSON.stringify([
      { name: "cloudmarker-tap-owners", description: "Adds the owner.", keywords: ["cloudmarker-tap"] },
    ]);
    const env = withNpm(sandbox, `echo "$@" >> asked; echo '${answer}'`);
    const { code, stdout } = await sandbox.run(["plugins", "--search"], "", env);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^cloudmarker-tap-owners +tap +Adds the owner\.$/mu);
    const asked = readFileSync(join(sandbox.path, "asked"), "utf8").trim().split("\n");
    expect(asked.toSorted()).toEqual(
      ["store", "tap"].map((kind) => `search --json --searchlimit=100 cloudmarker-${kind}`),
    );
  });

  test("says what npm said if the registry does not answer", async () => {
    using sandbox = new Sandbox();
    const env = withNpm(sandbox, "echo 'npm error code E404' >&2; exit 1");
    const { code, stderr } = await sandbox.run(["plugins", "--search", "kafka"], "", env);
    expect(code).toBe(1);
    expect(stderr).toContain("The registry that npm is set to cannot be searched.");
    expect(stderr).toContain("npm error code E404");
  });

  test.each([
    [["--search", "a;b"], "letters, digits"],
    [["filestore", "--search", "kafka"], "a name or --search, not both"],
  ])("refuses %j", async (args, message) => {
    using sandbox = new Sandbox();
    const { code, stderr } = await sandbox.run(["plugins", ...args]);
    expect(code).toBe(64);
    expect(stderr).toContain(message);
  });
});

test("schema describes the params of the configured plugins and of FileStore", async () => {
  using sandbox = sandboxWithConfig();
  const { code, stdout } = await sandbox.run(["schema"], "", { TOKEN: "t" });
  expect(code).toBe(0);
  const schema = JSON.parse(stdout) as { $schema: string };
  expect(schema.$schema).toBe("https://json-schema.org/draft/2020-12/schema");
  expect(stdout).toContain("./my-store.ts");
  expect(stdout).toContain("File to append to.");
  expect(stdout).toContain('"ndjson"');
});

test("a syntax error of a plugin is said with its place, without a warning of Node about how that was found", async () => {
  using sandbox = new Sandbox();
  sandbox.file("bad.mjs", "export default {\n  b: = 2,\n};\n");
  const { code, stderr } = await sandbox.run(["check", "--store", "./bad.mjs"]);
  expect(code).toBe(78);
  expect(stderr).toContain("bad.mjs:2:6.");
  expect(stderr).not.toContain("Warning");
});

test("an old Node gets one clear line (exit 78)", () => {
  // The check is plain old JavaScript: run it with another version put into its mouth.
  const source = readFileSync(BIN, "utf8").replace(/^#!.*/u, "").replace("process.versions.node", '"20.19.0"');
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=commonjs", "-e", source], { encoding: "utf8" });
  expect(status).toBe(78);
  expect(stderr).toMatch(/^cloudmarker needs Node 22\.19 or newer \(not 23\); this is v.*\n$/u);
});

test("check refuses params of a branch of the schema that does not apply, and opens no store (L-23)", async () => {
  using sandbox = new Sandbox();
  const schema = {
    type: "object",
    anyOf: [{ properties: { host: { type: "string" } } }, { properties: { port: { type: "integer", minimum: 0 } } }],
    unevaluatedProperties: false,
  };
  const store = `{ kind: "store", name: "s", apiVersion: 1, params: ${JSON.stringify(schema)}, open: () => ({ write() {} }) }`;
  sandbox.file("s.ts", `export default ${store};\n`);
  const bad = "plugins: { s: { plugin: ./s.ts, params: { host: here, port: -4 } } }\naudits: { a: { stores: [s] } }\n";
  sandbox.file("bad.yaml", bad);
  sandbox.file("good.yaml", bad.replace("-4", "4"));
  const { code, stdout, stderr } = await sandbox.run(["check", "-c", "bad.yaml"]);
  expect([code, stdout]).toEqual([78, ""]);
  expect(stderr).toContain("bad.yaml:1:55  params.port is not allowed together with the other values here.");
  expect(await sandbox.run(["check", "-c", "good.yaml"])).toMatchObject({ code: 0, stderr: "" });
});
