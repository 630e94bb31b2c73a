import { expect, test } from "vitest";
import { Sandbox } from "./support/cli.ts";

const SECRET = "p@ss:w0rd";

/** A store that throws its token from a timer, so that it is an uncaught exception. */
const CRASHING = `
export default {
  kind: "store",
  name: "crashing",
  apiVersion: 1,
  params: { type: "object", properties: { token: { type: "string", writeOnly: true } } },
  open({ token }: { token: string }) {
    setTimeout(() => { throw new Error("no entry for " + token + ", " + btoa("me:" + token)); }, 20);
    return { write: () => new Promise(() => undefined) };
  },
};
`;

test("a secret in an uncaught exception is masked, in its stack too (L-31)", async () => {
  using sandbox = new Sandbox();
  sandbox.file("store.ts", CRASHING);
  const audit = "audits: { a: { stores: [s] } }";
  sandbox.file(
    "cloudmarker.yaml",
    `plugins: { s: { plugin: ./store.ts, params: { token: "${SECRET}" } } }\n${audit}\n`,
  );
  const { stdout, stderr } = await sandbox.run(["write", "--debug", "--deadline", "50ms"], '{"n":1}');
  expect(stderr).toContain("no entry for ********, ********");
  for (const form of [SECRET, btoa(`me:${SECRET}`)]) expect(stdout + stderr).not.toContain(form);
});

const PARAMS = `{
  type: "object",
  properties: {
    node: { type: "string", format: "uri" },
    password: { type: "string", writeOnly: true, minLength: 3 },
    headers: { type: "object", additionalProperties: { type: "string", enum: ["a", "b"] } },
    auth: { type: "object", properties: { token: { type: "string", writeOnly: true } } },
  },
}`;
const STORE = `export default { kind: "store", name: "s", apiVersion: 1, params: ${PARAMS}, open: () => ({ write() {} }) };\n`;

/** Params that contain a secret or may contain one, by the kind of place. */
const PLACES: Readonly<Record<string, string>> = {
  "a misspelt key": "{ pasword: '${PW}' }",
  "a misspelt key, not from outside": "{ pasword: hunter2 }",
  "user info of a URL": "{ node: 'http://user:${PW}@h:9200/' }",
  "user info of a URL, not from outside": "{ node: 'http://user:hunter2@h:9200/' }",
  "a URL that is none": "{ node: 'http//user:${PW}@h' }",
  "a default": "{ password: '${NOT_SET:-hunter2}' }",
  "a default of a misspelt key": "{ pasword: '${NOT_SET:-hunter2}' }",
  "a header from outside": "{ headers: { X: '${PW}' } }",
  "a value of the wrong type": "{ password: { a: hunter2, b: '${PW}' } }",
  "a value in place of the map that holds it": "{ auth: 'user:${PW}' }",
  "a key without a colon": "{ headers: { password hunter2 } }",
  "a key without a blank": "{password:hunter2}",
  "a reference that is none": "{ password: '${hunter2!}' }",
  "part of a text": "{ password: 'pre${PW}post', headers: { Y: 'Bearer ${PW}' } }",
};

test("no command shows a secret, wherever it stands in the configuration (L-30)", async () => {
  using sandbox = new Sandbox();
  sandbox.file("s.ts", STORE);
  const plugins = Object.entries(PLACES).map(([name, params]) => `  ${name}: { plugin: ./s.ts, params: ${params} }`);
  // One with a param beside `plugin`, one that no audit uses, and one that is not installed.
  plugins.push("  stray: { plugin: ./s.ts, pasword: '${PW}', headers: { X: '${PW}' } }");
  const spare = "params: { password: hunter2, pasword: '${PW}', node: 'http://u:${PW}@h' }";
  plugins.push(`  spare: { plugin: ./s.ts, ${spare} }`, `  missing: { plugin: not-installed, ${spare} }`);
  const stores = [...Object.keys(PLACES), "stray"].join(", ");
  sandbox.file("c.yaml", `plugins:\n${plugins.join("\n")}\naudits: { a: { stores: [${stores}] } }\n`);
  for (const command of ["config", "check", "write", "plugins", "schema"])
    for (const more of ["--debug", "--json"]) {
      const { stdout, stderr } = await sandbox.run([command, "-c", "c.yaml", more], "", { PW: "hunter2" });
      expect(`${stdout}\n${stderr}`.split("\n").filter((line) => line.includes("hunter2"))).toEqual([]);
    }
});

test("config shows a public value that has a secret in it as it is written, and it means the same again (L-30)", async () => {
  using sandbox = new Sandbox();
  const params = "{ type: 'object', properties: { index: {}, tags: {}, token: { writeOnly: true } } }";
  sandbox.file(
    "s.ts",
    `export default { kind: "store", name: "s", apiVersion: 1, params: ${params}, open: () => ({ write() {} }) };\n`,
  );
  const store = "plugin: ./s.ts, params: { index: '${PW} x', tags: [plain, '${PW}', '${OTHER}'], token: '${PW}' }";
  const origin = "origin: { worker: 'w-${NOT_SET:-hunter2}' }";
  sandbox.file("c.yaml", `plugins: { s: { ${store} } }\naudits: { a: { stores: [s], ${origin} } }\nrun: [a]\n`);
  const env = { PW: "hunter2", OTHER: "shown" };
  const show = async (file: string) => (await sandbox.run(["config", "-c", file, "--json"], "", env)).stdout;
  const { config } = JSON.parse(await show("c.yaml")) as { config: Record<string, Record<string, unknown>> };
  expect(config["plugins"]?.["s"]).toMatchObject({
    params: { index: "${PW} x", tags: ["plain", "${PW}", "shown"], token: "${PW}" },
  });
  expect(config["audits"]?.["a"]).toMatchObject({ origin: { worker: "w-${NOT_SET:-********}" } });
  const { stdout } = await sandbox.run(["config", "-c", "c.yaml"], "", env);
  expect(stdout).not.toContain("hunter2");
  sandbox.file("again.yaml", stdout);
  expect(JSON.parse(await show("again.yaml"))).toMatchObject({ config: { plugins: config["plugins"] } });
});

test.each(["!hunter2", "*hunter2", "&hunter2", "|hunter2", '"hunter2'])(
  "check does not quote the value %s, which is not plain YAML (L-30)",
  async (value) => {
    using sandbox = new Sandbox();
    sandbox.file("c.yaml", `plugins:\n  s:\n    plugin: filestore\n    params:\n      password: ${value}\n`);
    const { code, stdout, stderr } = await sandbox.run(["check", "-c", "c.yaml", "--debug"]);
    expect(code).toBe(78);
    expect(stderr).toMatch(/c\.yaml:[56]:/u);
    expect(stdout + stderr).not.toContain("hunter2");
  },
);

test.each([
  ["--param", "hunter2"],
  ["--param", "=hunter2"],
  ["--param", "pasword=hunter2"],
  ["--param", "headers.X=hunter2", "--param", "node=user:hunter2@h"],
  ["--pasword=hunter2"],
  ["-phunter2"],
  ["-xhunter2"],
])("a secret in the arguments %j %j is in no message (L-30)", async (...args) => {
  using sandbox = new Sandbox();
  sandbox.file("s.ts", STORE);
  const { code, stdout, stderr } = await sandbox.run(["check", "--store", "./s.ts", ...args, "--debug"]);
  expect([64, 78]).toContain(code);
  expect(stdout + stderr).not.toContain("hunter2");
});
