// What `cloudmarker config` prints is read again, and means the same; no secret is in it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost, type Inspection, showConfig } from "@cloudmarker/core";
import { afterAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../core/test/support/seeded-random.ts";
import { BUNDLED } from "../src/session.ts";
import { NO_COLORS } from "../src/render/text.ts";
import { renderYaml } from "../src/render/yaml.ts";
import { Sandbox } from "./support/cli.ts";

const [OF_ENV, OF_URL, LITERAL] = ["s3cret-of-env", "hunter2/x", "literal-s3cret"];
const SECRETS = [OF_ENV, OF_URL, LITERAL];
const ENV = { PW: OF_ENV, USER_PW: OF_URL, PORT: "8080", FLAG: "true", DIR: "/data", AGE: "250ms" };

const STORE = `
const text = { type: "string" };
const secret = { ...text, writeOnly: true };
export default {
  kind: "store", name: "s", apiVersion: 1, batch: { records: 7 },
  params: {
    type: "object",
    properties: {
      path: { ...text, default: "/tmp/x" }, node: text, port: { type: "integer" }, flag: { type: "boolean" },
      password: secret, keys: { type: "array", items: secret }, auth: { type: "object", writeOnly: true },
      headers: { type: "object", additionalProperties: text },
      tls: { type: "object", default: {}, properties: { verify: { type: "boolean", default: true }, pin: secret } },
      list: { type: "array" }, any: {}, "odd key": {},
    },
  },
  open: () => ({ write() {} }),
};
`;

const TAP = `export default { kind: "tap", name: "t", apiVersion: 1, params: { type: "object" }, apply() {} };`;

const folder = mkdtempSync(join(tmpdir(), "cloudmarker-again-"));
writeFileSync(join(folder, "s.ts"), STORE);
writeFileSync(join(folder, "t.ts"), TAP);
mkdirSync(join(folder, "other"));
writeFileSync(join(folder, "other", "s.ts"), STORE);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Read {
  readonly inspection: Inspection;
  readonly text: string;
}

/** Reads files as the command does, and renders what they come to. */
async function read(files: Readonly<Record<string, string>>, audit?: string): Promise<Read> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const options = { cwd: folder, home: folder, env: ENV, ...(audit !== undefined && { audit }) };
  const host = createHost({ ...options, configFile: Object.keys(files), bundledFrom: [BUNDLED] });
  const inspection = await host.inspect();
  const { config } = await showConfig(inspection, options);
  return { inspection, text: renderYaml(config, () => "", NO_COLORS) };
}

/** All that a run with a configuration does. */
function meaning({ config, defaultStateDir, stores, taps, problems, spool, state }: Inspection): object {
  const { audits, run, markers = false, state_dir: given = defaultStateDir } = config.value;
  const stateDir = given.replace(/^~/u, folder);
  const opened = stores.map(({ audit, key, loaded, params, delivery, idPointers, taps: own }) => {
    return { audit, key, path: loaded.path, params, delivery, idPointers, taps: own.map((tap) => tap.key) };
  });
  return { audits, run, markers, stateDir, spool, state, stores: opened, taps: taps.map((tap) => tap.key), problems };
}

/** What a run with each of its audits does. */
async function meanings(files: Readonly<Record<string, string>>): Promise<object[]> {
  const { inspection } = await read(files);
  const runs = [meaning(inspection)];
  for (const audit of Object.keys(inspection.config.value.audits))
    runs.push(meaning((await read(files, audit)).inspection));
  return runs;
}

const SEED = Number(process.env["SEED"] ?? 20_261_130);
const { chance, pick } = seededRandom(SEED);
const ODD = [
  "a b",
  "~",
  "null",
  "1.0",
  "$${x}",
  "a$${",
  "#x",
  "a: b",
  "- a",
  "é\u202e\u007f",
  "\n",
  '"',
  "\\",
  "",
  "x".repeat(1200),
  "0x1",
];
const TEXTS = ["plain", "./relative", "${DIR}/x", "${NONE:-fallback}", ...ODD];
const SECRET_TEXTS = ["${PW}", "Bearer ${PW}", "${PW}${USER_PW}", "${NONE:-}${PW}"];
const URLS = [
  "https://es:9200",
  "http://me:${PW}@es:9200/a",
  "http://${USER_PW}@h",
  "https://h/p?x=a@b",
  "mongodb://u:${PW}@h1,h2/db",
];
const VALUES = [
  null,
  5,
  -0,
  1.5,
  1e21,
  true,
  {},
  [],
  ["a", 1, null, { a: "b" }],
  { deep: { er: ["x"] } },
  "${PORT}",
  ...TEXTS,
];

function randomParams(): Record<string, unknown> {
  const params: Record<string, unknown> = {};
  const maybe = (name: string, value: () => unknown): void => {
    if (chance(0.35)) params[name] = value();
  };
  maybe("path", () => pick([...TEXTS, "<0123>", "<yes>", "<1e3>"]));
  maybe("node", () => pick(URLS));
  maybe("port", () => pick([9200, "${PORT}", "9200", "<0443>"]));
  maybe("flag", () => pick([true, "${FLAG}", "<yes>", "<off>"]));
  maybe("password", () => pick(SECRET_TEXTS));
  maybe("keys", () => [pick(SECRET_TEXTS), "${PW}"]);
  maybe("auth", () => ({ "a b": pick(SECRET_TEXTS), c: ["${PW}"] }));
  maybe("headers", () => ({ [pick(["A", "X-B", "odd: key"])]: pick([...SECRET_TEXTS, ...ODD]) }));
  maybe("tls", () => pick([{}, { verify: false }, { verify: "${FLAG}", pin: "${PW}" }]));
  maybe("list", () => [pick(VALUES), pick(VALUES)]);
  maybe("any", () => pick(VALUES));
  maybe("odd key", () => pick(VALUES));
  return params;
}

/** @param isOnce whether stores may have `guarantee: at-most-once`; these take no journal */
function randomDelivery(isOnce: boolean): Record<string, unknown> {
  const delivery: Record<string, unknown> = {};
  const maybe = (name: string, values: readonly unknown[]): void => {
    if (chance(0.3)) delivery[name] = pick(values);
  };
  maybe("guarantee", isOnce ? ["at-most-once", "at-least-once"] : ["at-least-once"]);
  maybe("isolation", ["thread", "inline"]);
  maybe("ordered", [true, false, "${FLAG}"]);
  maybe("concurrency", [1, 9]);
  maybe("timeout", [1000.5, "${AGE}", "2m", 1001]);
  maybe("deadline", ["0.5s", 0, 2000.25, "1h"]);
  maybe("fail_fast", ["auto", true, false]);
  maybe("batch", [{ records: 3 }, { bytes: "1.5KiB", age: "0.5ms" }, {}]);
  maybe("queue", [{ records: 100 }, { bytes: 5e6 }]);
  maybe("spool", isOnce ? [false, "auto"] : [true, false, "auto"]);
  maybe("retry", [{ min: "10ms", max: "20s" }, { max: 1500.5 }]);
  return delivery;
}

function randomConfig(): Record<string, unknown> {
  const keys = ["one", "two words", "__proto__", "$${odd", "spare"];
  const isOnce = chance(0.5);
  const plugins = keys.map((key) => {
    const entry = {
      plugin: pick(["./s.ts", "./other/s.ts"]),
      params: randomParams(),
      delivery: randomDelivery(isOnce),
    };
    return [key, entry] as const;
  });
  // Audits that run together have one origin.
  const origin = chance(0.5) && { origin: pick([{ class: "C", type: "cloud" }, { worker: "${DIR}" }, {}]) };
  const audit = (): object => ({
    stores: keys.filter((key) => key === "spare" || chance(0.5)).map((key) => key.replaceAll("${", () => "$${")),
    ...(chance(0.3) && { id: pick(["/raw/id", ["/raw/a", "/raw/b~1c"]]) }),
    ...origin,
  });
  const audits = { nightly: audit(), weekly: audit(), "an audit": audit() };
  return {
    plugins: Object.fromEntries(plugins),
    audits,
    ...(chance(0.7) && {
      run: Object.keys(audits)
        .filter(() => chance(0.5))
        .concat("default"),
    }),
    ...(chance(0.5) && { delivery: randomDelivery(isOnce) }),
    ...(chance(0.3) && { spool: pick([{ commit: "1.5s", max_bytes: "2MiB" }, { when_full: "dead_letter" }]) }),
    ...(chance(0.3) && { state: pick([{ keep: "36h" }, { keep: 1e10, max_bytes: "1TiB" }]) }),
    ...(chance(0.3) && { state_dir_unsafe: pick([true, "${FLAG}"]) }),
    ...(chance(0.3) && { markers: pick([true, "${FLAG}"]) }),
    ...(chance(0.3) && { state_dir: pick(["./state", "${DIR}/state", "~/state"]) }),
  };
}

/** What stands in angle brackets without its quotes: JSON is YAML, but not all of YAML. */
function unquoted(json: string): string {
  return json.replaceAll(/"<([^>]*)>"/gu, "$1");
}

describe("the printed configuration, used again", () => {
  it(`means the same for every audit, and shows no secret (L-24, L-30, seed ${SEED})`, async () => {
    for (let n = 0; n < 25; n++) {
      const written = unquoted(JSON.stringify(randomConfig()));
      const first = await read({ "c.yaml": written });
      expect(SECRETS.filter((secret) => first.text.includes(secret))).toEqual([]);
      expect((await read({ "again.yaml": first.text })).text).toBe(first.text);
      const before = await meanings({ "c.yaml": written });
      const after = await meanings({ "again.yaml": first.text });
      expect(after).toMatchObject(before.map(() => ({ problems: [] })));
      expect({ written, after }).toEqual({ written, after: before });
    }
  });

  it("has the taps of each store", async () => {
    const { inspection, text } = await read({
      "c.yaml": `plugins:
  one: { plugin: ./s.ts, taps: [a] }
  two: { plugin: ./s.ts }
  a: { plugin: ./t.ts }
  b: { plugin: ./t.ts }
audits: { nightly: { stores: [one, { store: two, taps: [b, a] }], taps: [b] } }
run: [nightly]
`,
    });
    expect(inspection.stores.map(({ key, taps }) => [key, taps.map((tap) => tap.key)])).toEqual([
      ["one", ["b", "a"]],
      ["two", ["b", "a"]],
    ]);
    const again = await read({ "again.yaml": text });
    expect(again.text).toBe(text);
    expect(text).toContain("stores: [one, { store: two, taps: [b, a] }]");
    expect(meaning(again.inspection)).toMatchObject({ problems: [] });
    expect(meaning(again.inspection)).toEqual(meaning(inspection));
  });

  it("has all settings and defaults of a used plugin, and only the configured settings of an unused one (L-24)", async () => {
    const params = "params: { path: /data, password: '${PW}' }";
    const { text } = await read({
      "c.yaml": `plugins:
  mine: { plugin: ./s.ts, ${params}, delivery: { guarantee: at-most-once, isolation: thread } }
  spare: { plugin: ./s.ts, ${params}, delivery: { concurrency: 3 } }
audits: { nightly: { stores: [mine] }, weekly: { stores: [spare] } }
run: [nightly]
`,
    });
    const lines = text.split("\n").map((line) => line.replace(/ +# $/u, ""));
    expect(lines.slice(lines.indexOf("  mine:"), lines.indexOf("audits:"))).toEqual(
      `  mine:
    plugin: "./s.ts"
    params:
      path: /data
      password: "\${PW}"
      tls:
        verify: true
    delivery:
      batch:
        records: 7
        bytes: 1000000
        age: "1s"
      queue:
        records: 28
        bytes: 16777216
      concurrency: 2
      ordered: false
      guarantee: at-most-once
      isolation: thread
      spool: false
      timeout: "60s"
      deadline: "60s"
      fail_fast: auto
      retry:
        min: "1s"
        max: "60s"
  spare:
    plugin: "./s.ts"
    params:
      path: /data
      password: "\${PW}"
    delivery:
      concurrency: 3`.split("\n"),
    );
  });

  it("refuses a secret that is masked, in place of sending the mask (L-30)", async () => {
    for (const password of [LITERAL, "'pre${PW}'", "'${NONE:-literal-s3cret}'"]) {
      const plugins = `plugins: { mine: { plugin: ./s.ts, params: { password: ${password} } } }`;
      const { text } = await read({ "c.yaml": `${plugins}\naudits: { a: { stores: [mine] } }\n` });
      expect(text).not.toContain(LITERAL);
      const { inspection } = await read({ "again.yaml": text });
      expect(inspection.problems).toMatchObject([{ code: "masked", path: ["plugins", "mine", "params", "password"] }]);
    }
  });

  it("keeps the references in a map of secrets, and asks for the one literal in it again (L-30)", async () => {
    const auth = `{ X-B: "\${PW}", X-A: ${LITERAL}, list: [${LITERAL}, "\${PW}"], deep: { no: ${LITERAL} }, pw:${LITERAL} }`;
    const plugins = `plugins: { mine: { plugin: ./s.ts, params: { auth: ${auth} } } }`;
    const { text } = await read({ "c.yaml": `${plugins}\naudits: { a: { stores: [mine] } }\n` });
    expect(text).not.toContain(LITERAL);
    expect(text).toContain('X-B: "${PW}"');
    expect(text).toContain('list: ["********", "${PW}"]');
    const { inspection } = await read({ "again.yaml": text });
    const at = ["plugins", "mine", "params", "auth"];
    expect(inspection.problems.map(({ code, path }) => [code, path])).toEqual(
      [["X-A"], ["list", 0], ["deep"], ["pw…"]].map((path) => ["masked", [...at, ...path]]),
    );
  });

  it("keeps the places of plugins and the state folder if files of several folders are merged (L-24)", async () => {
    writeFileSync(
      join(folder, "other", "base.yaml"),
      "plugins: { mine: { plugin: ./s.ts, params: { path: out } } }\nstate_dir: ./state\n",
    );
    const options = { cwd: folder, home: folder, env: ENV };
    const configFile = ["other/base.yaml", "c.yaml"];
    writeFileSync(join(folder, "c.yaml"), "audits: { a: { stores: [mine] } }\n");
    const inspection = await createHost({ ...options, configFile }).inspect();
    const shown = await showConfig(inspection, options);
    expect(shown).toMatchObject({
      folder,
      config: {
        plugins: { mine: { plugin: join(folder, "other", "s.ts") } },
        state_dir: join(folder, "other", "state"),
      },
      warnings: [
        `plugins.mine has params from ${join(folder, "other")}: a relative path in them starts there, and not in ${folder}.`,
      ],
    });
  });

  it("is so for the command, with --audit, --state-dir and --store (L-24)", async () => {
    using sandbox = new Sandbox();
    sandbox.file("s.ts", STORE);
    const plugin =
      "{ plugin: ./s.ts, params: { path: /data, password: '${PW}' }, delivery: { guarantee: at-most-once } }";
    const audits = "audits: { nightly: { stores: [mine] }, weekly: { stores: [spare] } }";
    sandbox.file("c.yaml", `plugins: { mine: ${plugin}, spare: ${plugin} }\n${audits}\nrun: [nightly]\n`);
    const show = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await sandbox.run(["config", ...args], "", { PW: OF_ENV });
      expect([code, stderr]).toEqual([0, ""]);
      return stdout.replace(/^# Configuration: .*\n/u, "").replaceAll(/ +#.*$/gmu, "");
    };
    for (const more of [["--audit", "weekly", "--state-dir", "st"], ["--store", "spare", "--param", "port=5"], []]) {
      const text = await show("-c", "c.yaml", ...more);
      sandbox.file("again.yaml", text);
      expect(await show("-c", "again.yaml")).toBe(text);
    }
  });
});
