import { describe, expect, test } from "vitest";
import { load, linesOf } from "./harness.ts";

const USE = "audits: { a: { stores: [filestore] } }\n";

async function problemsOf(text: string): Promise<string[]> {
  return linesOf(await load(text));
}

describe("anchors, aliases and << (L-63)", () => {
  test("an alias has the value and the place of its anchor", async () => {
    const { loaded, folder } = await load(
      "x-defaults: &defaults\n  params: { path: ~/records }\nplugins:\n  a: &a\n    plugin: filestore\n    <<: *defaults\n  b: *a\n",
    );
    expect(loaded.problems).toEqual([]);
    const entry = { plugin: "filestore", params: { path: "~/records" } };
    expect(loaded.value.plugins).toMatchObject({ a: entry, b: entry });
    expect(loaded.locate(["plugins", "b"])).toEqual({ file: `${folder}/c.yaml`, line: 7, column: 3 });
    expect(loaded.locate(["plugins", "b", "params", "path"], "value")).toMatchObject({ line: 2, column: 19 });
    expect(loaded.warnings).toEqual([
      `The top-level key "x-defaults" (${folder}/c.yaml:1:1) is left alone: this program does not know it.`,
    ]);
  });

  test("a scalar keeps its characters, and lists can be named", async () => {
    const { loaded } = await load(
      "x-list: &l [filestore]\nplugins: { a: { plugin: esstore, params: { x: &n 0123, y: *n } } }\naudits: { a: { stores: *l } }\n",
    );
    expect(loaded.value.audits["a"]?.stores).toEqual(["filestore"]);
    expect(loaded.textOf(["plugins", "a", "params", "y"])).toBe("0123");
  });

  test("own keys win over merged ones, wherever they are, and earlier maps over later ones; merging is shallow", async () => {
    const { loaded } = await load(
      [
        "x-one: &one { a: 1, b: 1, deep: { x: 1 } }",
        "x-two: &two { a: 2, b: 2, c: 2, deep: { y: 2 } }",
        "plugins:",
        "  p:",
        "    plugin: esstore",
        "    params: { b: 0, <<: [*one, *two], d: 0 }",
        '  q: { plugin: esstore, params: { <<: { a: 3 }, "<<": text } }',
      ].join("\n"),
    );
    expect(loaded.problems).toEqual([]);
    expect(loaded.value.plugins["p"]?.params).toEqual({ a: 1, b: 0, c: 2, d: 0, deep: { x: 1 } });
    expect(loaded.value.plugins["q"]?.params).toEqual({ a: 3, "<<": "text" });
  });

  test("an anchor that is defined again counts from there on, and an alias does not define it", async () => {
    const { loaded } = await load(
      "plugins: { p: { plugin: esstore, params: { a: &o { i: &x 1 }, b: &x 2, c: *o, d: *x } } }\n",
    );
    expect(loaded.value.plugins["p"]?.params).toEqual({ a: { i: 1 }, b: 2, c: { i: 1 }, d: 2 });
  });

  test("mistakes have their place, and show nothing that may be a secret", async () => {
    expect(
      await problemsOf(
        `${USE}plugins:\n  a: *s3cret\n  b: &b { plugin: esstore, params: *b }\n  c: &s3cret\n  d: { <<: 5 }\n`,
      ),
    ).toEqual([
      "c.yaml:3:6  There is no such anchor above this alias. Write the value out; quote a text that begins with *.",
      "c.yaml:4:36  This alias is inside the value that it repeats. Write the value out.",
      "c.yaml:5:6  This anchor has no value. Write one behind it; quote a text that begins with &.",
      'c.yaml:6:12  "<<" takes a map, or a list of maps, such as *defaults.',
    ]);
  });

  test("a billion laughs are refused at the first alias beyond the limit", async () => {
    const lines = ["x-a: &a [lol,lol,lol,lol,lol,lol,lol,lol,lol]"];
    for (const [i, name] of [..."bcdefghi"].entries()) {
      lines.push(`x-${name}: &${name} [${`*${"abcdefgh"[i]},`.repeat(9).slice(0, -1)}]`);
    }
    const problems = await problemsOf(lines.join("\n"));
    expect(problems[0]).toMatch(/^c\.yaml:6:\d+ {2}With this alias the configuration becomes too large\./u);
  });

  test("aliases have a limit, in number, in depth and in total size", async () => {
    const many = await problemsOf(`x-a: &a 1\nx-b: [${"*a,".repeat(1001).slice(0, -1)}]\n${USE}`);
    expect(many).toEqual(["c.yaml:2:3007  A file may have at most 1000 aliases. Write the values out."]);
    const long = await problemsOf(`x-a: &a "${"x".repeat(600_000)}"\nx-b: [*a, *a]\n${USE}`);
    expect(long).toEqual(["c.yaml:2:11  With this alias the configuration becomes too large. Write the values out."]);
    const chain = Array.from({ length: 200 }, (_, i) => `x-${i + 1}: &n${i + 1} [*n${i}]`);
    const [deep, ...more] = await problemsOf(`x-0: &n0 1\n${chain.join("\n")}\n${USE}`);
    expect(deep).toMatch(/^c\.yaml:1\d\d:\d+ {2}With this alias/u);
    expect(more.length).toBeLessThan(3);
  });
});

test("state_dir in the home folder of another user is a mistake (L-63)", async () => {
  expect(await problemsOf(`state_dir: ~audit/state\n${USE}`)).toEqual([
    'c.yaml:1:12  state_dir begins with "~audit": only ~/ is a home folder, your own. Write the folder out, such as /home/audit, or ./~audit for a folder of that name.',
  ]);
});

describe("top-level keys that mean nothing here (L-63)", () => {
  test("are named in one warning with their places; slips and keys at the wrong place are mistakes", async () => {
    const made = await load("x-team: audit\nservices: {}\nplugin: {}\nstores: []\nstate-dir: x\nx-run: 1\n");
    expect(made.loaded.warnings.map((line) => line.replaceAll(`${made.folder}/`, ""))).toEqual([
      'The top-level keys "x-team" (c.yaml:1:1), "services" (c.yaml:2:1), "x-run" (c.yaml:6:1) are left alone: this program does not know them.',
    ]);
    expect(linesOf(made).map((line) => line.slice(0, 60))).toEqual([
      expect.stringContaining('c.yaml:3:1  The configuration has an unknown key "plugin"'),
      expect.stringContaining('c.yaml:4:1  The configuration has an unknown key "stores"'),
      expect.stringContaining('c.yaml:5:1  The configuration has an unknown key "state-dir"'),
    ]);
  });
});
