import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { LoadOptions } from "../../src/config/load-config.ts";
import { folderWith, linesOf, load } from "./harness.ts";

const USE = "audits: { a: { stores: [s] } }\n";

async function param(text: string, options: Partial<LoadOptions> = {}): Promise<unknown> {
  const made = await load(
    `${USE}plugins: { s: { plugin: filestore, params: { p: ${JSON.stringify(text)} } } }\n`,
    options,
  );
  expect(linesOf(made)).toEqual([]);
  return made.loaded.value.plugins["s"]?.params?.["p"];
}

describe("what is replaced", () => {
  const env = { USER: "u", PASS: "p$$w0rd", EMPTY: "", EVIL: "x\nmore: ${USER}\n", D: "${file:/etc/passwd}" };

  test.each([
    ["${USER}", "u"],
    ["https://${USER}:${PASS}@host/${USER}", "https://u:p$$w0rd@host/u"],
    ["${NOPE:-fallback}", "fallback"],
    ["${EMPTY:-fallback}", "fallback"],
    ["${EMPTY}", ""],
    ["${NOPE:-}", ""],
    ["${NOPE:-a:-b c}", "a:-b c"],
    ["$${USER} costs 5$ or $USER or {USER}", "${USER} costs 5$ or $USER or {USER}"],
    ["$$${USER}", "$${USER}"],
    ["${D}", "${file:/etc/passwd}"],
    ["${EVIL}", "x\nmore: ${USER}\n"],
  ])("%j gives %j", async (text, expected) => {
    expect(await param(text, { env })).toBe(expected);
  });

  test("a file, without the line break at its end; ~ and relative paths as elsewhere", async () => {
    const folder = folderWith({ "home/token": "t0k\n", crlf: "a\r\nb\r\n", bare: "x" });
    const home = join(folder, "home");
    expect(await param(`Bearer \${file:${folder}/home/token}`)).toBe("Bearer t0k");
    expect(await param("${file:~/token}", { home })).toBe("t0k");
    expect(await param(`\${file:${folder}/crlf}`)).toBe("a\r\nb");
    expect(await param(`\${file:${folder}/bare}`)).toBe("x");
  });

  test("a relative file starts from the folder of the configuration file, not from the working folder", async () => {
    const folder = folderWith({
      "etc/c.yaml": `${USE}plugins: { s: { plugin: filestore, params: { p: "\${file:./t}" } } }\n`,
      "etc/t": "there",
    });
    const { loaded } = await load("", { cwd: folder, files: ["etc/c.yaml"] });
    expect(loaded.value.plugins["s"]?.params).toEqual({ p: "there" });
  });

  test("values alone, never keys, and nothing of the predecessor's own", async () => {
    const made = await load(
      'plugins:\n  "${USER}": { plugin: filestore, params: { "${USER}": "${USER}" } }\n  cloud: { plugin: cloudmarker.clouds.azcloud.AzCloud, params: { x: "${?} ${USER}" } }\n' +
        'audits: { a: { stores: ["${USER}"], clouds: ["${NOPE}"] } }\nlogger: { x: "${NOPE}" }\n',
      { env },
    );
    // The one problem is that of the store that it names, `u`: no variable was missed.
    expect(made.loaded.problems.map(({ code }) => code)).toEqual(["undefined_plugin"]);
    expect(made.loaded.value.plugins["${USER}"]?.params).toEqual({ "${USER}": "u" });
    expect(made.loaded.value.audits["a"]?.stores).toEqual([]);
    expect(made.loaded.plain["logger"]).toEqual({ x: "${NOPE}" });
    expect(made.loaded.plain["plugins"]).toMatchObject({ cloud: { params: { x: "${?} ${USER}" } } });
  });

  test("text that looks like YAML stays text, except where only a number or a boolean is allowed", async () => {
    const { loaded } = await load(
      `${USE}plugins: { s: { plugin: filestore, params: { p: "\${N}", q: "\${T}" }, delivery: { ordered: "\${T}" } } }\n` +
        'delivery: { concurrency: "${N}", deadline: "${S}" }\nmarkers: "${T}"\n',
      { env: { N: "007", T: "true", S: "90s" } },
    );
    expect(loaded.value.plugins["s"]).toEqual({
      plugin: "filestore",
      params: { p: "007", q: "true" },
      delivery: { ordered: true },
    });
    expect(loaded.value.delivery).toEqual({ concurrency: 7, deadline: "90s" });
    expect(loaded.value.markers).toBe(true);
  });

  test("what was written is remembered", async () => {
    const { loaded } = await load(`${USE}plugins: { s: { plugin: filestore, params: { p: "a \${N}", q: plain } } }\n`, {
      env: { N: "1" },
    });
    expect(loaded.writtenAs(["plugins", "s", "params", "p"])).toBe("a ${N}");
    expect(loaded.writtenAs(["plugins", "s", "params", "q"])).toBeUndefined();
    expect(loaded.writtenAs(["plugins", "s", "params", "nope"])).toBeUndefined();
  });
});

describe("what is a problem", () => {
  test("each with its place, several in one value, and the text stays", async () => {
    const folder = folderWith({ binary: new Uint8Array([0xff, 0xfe]) });
    const text = `${USE}plugins:
  s:
    plugin: filestore
    params:
      a: "\${ES_API_KEI} and \${NOPE}"
      b: [x, "\${file:${folder}/missing}"]
      c: "\${file:${folder}/binary}"
      d: "\${A-b}"
      e: "\${"
      f: "\${A:-\${B}}"
      g: "\${}"
`;
    const made = await load(text, { env: { ES_API_KEY: "hidden" } });
    const forms = "of an unknown form. Known: ${NAME}, ${NAME:-default} and ${file:/path}; $${ stands for a plain ${.";
    expect(linesOf(made)).toEqual([
      'c.yaml:6:10  plugins.s.params.a needs the environment variable ES_API_KEI, which is not set. Did you mean "ES_API_KEY"? For the text itself write $${ES_API_KEI}.',
      "c.yaml:6:10  plugins.s.params.a needs the environment variable NOPE, which is not set. Set it, or write ${NOPE:-default}. For the text itself write $${NOPE}.",
      `c.yaml:7:14  plugins.s.params.b[1] needs the file "${folder}/missing", which cannot be read: there is no such file.`,
      `c.yaml:8:10  plugins.s.params.c needs the file "${folder}/binary", which cannot be read: it is not UTF-8.`,
      `c.yaml:9:10  plugins.s.params.d has a \${…} ${forms.replace("form.", "form. Write ${A:-…}.")}`,
      "c.yaml:10:10  plugins.s.params.e has a ${ without its }. Close it, or write $${ for a plain ${.",
      `c.yaml:11:10  plugins.s.params.f has a \${…} ${forms}`,
      `c.yaml:12:10  plugins.s.params.g has a \${…} ${forms}`,
    ]);
    expect(made.loaded.value.plugins["s"]?.params?.["a"]).toBe("${ES_API_KEI} and ${NOPE}");
    expect(JSON.stringify(made.loaded.problems)).not.toContain("hidden");
  });

  test("an unset variable in a plugin that no audit uses is not a problem, but wrong syntax is", async () => {
    const made = await load(
      'plugins:\n  spare: { plugin: esstore, params: { a: "${NOPE}", b: "${file:/nope}", c: "${?}" } }\n',
    );
    expect(linesOf(made).map((line) => line.split(" has ")[0])).toEqual(["c.yaml:2:76  plugins.spare.params.c"]);
  });

  test("a delivery setting is not called wrong a second time", async () => {
    const made = await load('delivery: { concurrency: "${NOPE}" }\n');
    expect(linesOf(made)).toEqual([
      "c.yaml:1:26  delivery.concurrency needs the environment variable NOPE, which is not set. Set it, or write ${NOPE:-default}. For the text itself write $${NOPE}.",
    ]);
  });

  test("names of Object.prototype are not set by themselves", async () => {
    const made = await load('state_dir: "${constructor}/${toString}"\n');
    expect(linesOf(made)).toEqual([
      "c.yaml:1:12  state_dir needs the environment variable constructor, which is not set. Set it, or write ${constructor:-default}. For the text itself write $${constructor}.",
      "c.yaml:1:12  state_dir needs the environment variable toString, which is not set. Set it, or write ${toString:-default}. For the text itself write $${toString}.",
    ]);
  });
});
