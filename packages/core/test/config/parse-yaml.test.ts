import { describe, expect, test } from "vitest";
import { load, linesOf } from "./harness.ts";

async function problemsOf(text: string | Uint8Array): Promise<string[]> {
  return linesOf(await load(text));
}

const USE = "audits: { a: { stores: [filestore] } }\n";

describe("what is not YAML", () => {
  test("all broken lines of a file are reported, each once", async () => {
    expect(await problemsOf("plugins:\n\ta: 1\n\tb: 2\nrun: @x\naudits: `y`\n")).toEqual([
      "c.yaml:2:1  This line is indented with a tab. YAML takes only spaces.",
      "c.yaml:3:1  This line is indented with a tab. YAML takes only spaces.",
      "c.yaml:4:6  This is not YAML: A text that begins with this character must be in quotes.",
      "c.yaml:5:9  This is not YAML: A text that begins with this character must be in quotes.",
    ]);
  });

  test("the message about an unquoted reference inside braces says to quote it, without the errors that follow", async () => {
    expect(
      await problemsOf("run: [default]\nplugins: { filestore: { plugin: ${STORE}, params: {} } }\nmore: ${X}\n"),
    ).toEqual([
      'c.yaml:2:33  This is not YAML: Unexpected flow-map-start at node end. Put "${…}" in quotes inside { } and [ ].',
    ]);
  });

  test("several documents", async () => {
    expect(await problemsOf("run: [default]\n---\nrun: []\n")).toEqual([
      'c.yaml:2:1  A second document begins here. A file has one; remove the "---", or make two files.',
    ]);
  });

  test("nesting that no parser survives is one problem", async () => {
    const [line, ...more] = await problemsOf(`run: ${"[\n ".repeat(20_000)}`);
    expect(line).toMatch(/^c\.yaml:\d+:\d+ {2}The YAML is nested too deeply\.$/);
    expect(more).toEqual([]);
  });

  test("bytes that are not UTF-8 are found by line and column", async () => {
    const bytes = Buffer.concat([Buffer.from("run: [default]\n# größe "), Buffer.from([0xe9]), Buffer.from(" x\n")]);
    expect(await problemsOf(bytes)).toEqual(["c.yaml:2:9  This character is not UTF-8. Save the file as UTF-8."]);
  });

  test("UTF-16, as PowerShell writes it", async () => {
    expect(await problemsOf(Buffer.from("\ufeffrun: [default]\n", "utf16le"))).toEqual([
      "c.yaml:1:1  This file is UTF-16. Save it as UTF-8.",
    ]);
  });
});

describe("what is YAML and no configuration", () => {
  test.each([
    ["", "This file has no content. Delete it, or write a configuration into it."],
    ["# only a comment\n", "This file has no content. Delete it, or write a configuration into it."],
    ["---\n", "This file has no content. Delete it, or write a configuration into it."],
    [
      "- filestore\n",
      "A configuration is a map with keys such as plugins and audits, not a list. It begins with plugins: and, below that, a name of your own: and plugin: filestore.",
    ],
    [
      "filestore\n",
      "A configuration is a map with keys such as plugins and audits, not a single value. It begins with plugins: and, below that, a name of your own: and plugin: filestore.",
    ],
  ])("%j", async (text, message) => {
    expect(await problemsOf(text)).toEqual([`c.yaml:1:1  ${message}`]);
  });

  test("a key twice is reported at the second, however it is written, and the first counts", async () => {
    const made = await load(`${USE}plugins:\n  x: { plugin: filestore }\n  "x": { plugin: esstore }\n`);
    expect(linesOf(made)).toEqual(["c.yaml:4:3  plugins.x is here a second time; the first is in line 3. Keep one."]);
    expect(made.loaded.value.plugins["x"]?.plugin).toBe("filestore");
  });

  test("keys that are not texts", async () => {
    expect(await problemsOf(`${USE}plugins:\n  ? [a, b]\n  : 1\n  ? { c: d }\n  : 2\n`)).toEqual([
      "c.yaml:3:5  A key must be a plain text.",
      "c.yaml:5:5  A key must be a plain text.",
    ]);
  });

  test("a number or a word as a key is the text as written", async () => {
    const { loaded } = await load(
      "plugins:\n  007: { plugin: filestore }\n  null: { plugin: filestore }\n  1.0: { plugin: filestore }\n",
    );
    expect(Object.keys(loaded.value.plugins)).toEqual(expect.arrayContaining(["007", "null", "1.0"]));
  });
});

describe("tags that could create objects", () => {
  test("tags", async () => {
    const text = `${USE}plugins:\n  a: { plugin: !!js/function 'x', params: !foo { b: !!binary aGk= } }\n  ? !!str c\n  : { plugin: filestore }\n`;
    expect(await problemsOf(text)).toEqual([
      "c.yaml:3:16  A tag (!…) is not supported. Write a plain value; quote a text that begins with !.",
      "c.yaml:3:43  A tag (!…) is not supported. Write a plain value; quote a text that begins with !.",
      "c.yaml:3:53  The tag !!binary is not supported. Write a plain value; quote a text that begins with !.",
      "c.yaml:4:5  The tag !!str is not supported. Write a plain value; quote a text that begins with !.",
    ]);
  });
});

describe("what is fine", () => {
  test("a UTF-8 byte order mark and CRLF leave the places right", async () => {
    const { loaded, folder } = await load("\ufeffrun: [default]\r\ndelivery:\r\n  timeout: 5 parsecs\r\n");
    expect(loaded.locate(["run"])).toEqual({ file: `${folder}/c.yaml`, line: 1, column: 1 });
    expect(loaded.locate(["delivery", "timeout"], "value")).toMatchObject({ line: 3, column: 12 });
  });

  test("JSON, also indented with tabs", async () => {
    const { loaded } = await load(
      '{\n\t"plugins": {\n\t\t"a": { "plugin": "filestore" }\n\t},\n\t"run": [\n\t\t"default"\n\t]\n}\n',
    );
    expect(loaded.problems).toEqual([]);
    expect(loaded.value.plugins["a"]).toEqual({ plugin: "filestore" });
    expect(loaded.locate(["plugins", "a"])).toMatchObject({ line: 3, column: 3 });
  });

  test("YAML 1.2: no and on are texts", async () => {
    const { loaded } = await load(
      "plugins: { a: { plugin: filestore, params: { x: no, y: on, z: 0o17, w: true } } }\n",
    );
    expect(loaded.value.plugins["a"]?.params).toEqual({ x: "no", y: "on", z: 15, w: true });
  });
});
