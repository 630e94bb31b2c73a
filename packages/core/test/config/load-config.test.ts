import { spawnSync } from "node:child_process";
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load-config.ts";
import { folderWith, linesOf, linesOfProblems, load } from "./harness.ts";

async function merged(first: string, second: string) {
  const folder = folderWith({ "a.yaml": first, "b/b.yaml": second });
  const loaded = await loadConfig({ cwd: folder, home: folder, env: {}, files: ["a.yaml", "b/b.yaml"] });
  return { folder, loaded };
}

describe("which files", () => {
  test("of the search path whatever exists is merged in order, and a folder is a problem", async () => {
    const folder = folderWith({
      "home/.cloudmarker.yaml": "state_dir: /one\nmarkers: true\n",
      "home/cloudmarker.yaml/not-a-file": "",
      "work/cloudmarker.yaml": "state_dir: /two\n",
    });
    const [cwd, home] = [join(folder, "work"), join(folder, "home")];
    const loaded = await loadConfig({ cwd, home, env: {} });
    expect(loaded.files).toEqual([`${home}/.cloudmarker.yaml`, `${cwd}/cloudmarker.yaml`]);
    expect(loaded.value).toMatchObject({ state_dir: "/two", markers: true });
    expect(linesOfProblems(loaded.problems, folder)).toEqual([
      'The configuration file "home/cloudmarker.yaml" cannot be read: it is a folder. Rename or delete it, or name the file that is meant (-c, configFile).',
    ]);
  });

  test("if the working folder is the home folder, its file is read once", async () => {
    const home = folderWith({ "cloudmarker.yaml": "run: [nobody]\n" });
    const loaded = await loadConfig({ cwd: home, home, env: {} });
    expect(loaded.files).toEqual([`${home}/cloudmarker.yaml`]);
    expect(loaded.problems).toHaveLength(1);
  });

  test("if one of the named files is missing, a warning names it; a folder is a problem; the others are read (L-63, MC-5)", async () => {
    const folder = folderWith({ "a.yaml": "state_dir: /a\n", "d/x": "" });
    const files = ["a.yaml", "~/no.yaml", join(folder, "d")];
    const loaded = await loadConfig({ cwd: folder, home: folder, env: {}, files });
    expect(linesOfProblems(loaded.problems, folder)).toEqual([
      'The configuration file "d" cannot be read: it is a folder.',
    ]);
    expect(loaded.warnings.map((line) => line.replace(`${folder}/`, ""))).toEqual([
      'The configuration file "no.yaml" is passed over: there is no such file.',
    ]);
    expect(loaded.problems.map((problem) => problem.code)).toEqual(["CONFIG_UNREADABLE"]);
    expect(loaded.value.state_dir).toBe("/a");
  });

  test("if all named files are missing, that is a problem: a typing error must not run the base configuration", async () => {
    const folder = folderWith();
    const loaded = await loadConfig({ cwd: folder, home: folder, env: {}, files: ["a.yaml", "b.yaml"] });
    expect(linesOfProblems(loaded.problems, folder)).toEqual([
      'The configuration file "a.yaml" cannot be read: there is no such file.',
      'The configuration file "b.yaml" cannot be read: there is no such file.',
    ]);
  });

  test("no files are the base configuration alone", async () => {
    const folder = folderWith({ "cloudmarker.yaml": "state_dir: /not-read\n" });
    const loaded = await loadConfig({ cwd: folder, home: folder, env: {}, files: [] });
    expect(loaded.value).toEqual({
      plugins: {
        filestore: { plugin: "filestore" },
        esstore: { plugin: "esstore" },
        mongodbstore: { plugin: "mongodbstore" },
      },
      audits: { default: { stores: ["filestore"] } },
      run: ["default"],
    });
    expect(loaded.originOf(["plugins", "esstore"])).toBe("base configuration");
    expect(loaded.locate(["plugins", "esstore"])).toBeUndefined();
    expect(loaded.directoryOf(["plugins", "esstore", "plugin"])).toBe(folder);
    expect(loaded.problems).toEqual([]);
  });

  test("reading a configuration runs no code that lies beside it", async () => {
    const evil = "globalThis.cloudmarkerConfigRan = true; module.exports = {};";
    const folder = folderWith({
      ".config/config.js": evil,
      ".config/config.cjs": evil,
      "cloudmarker.config.js": evil,
      "package.json": '{ "cosmiconfig": { "searchPlaces": ["cloudmarker.config.js"] } }',
      "c.js": evil,
      "c.yaml": "$import: ./c.js\n",
    });
    const cwd = process.cwd();
    process.chdir(folder);
    try {
      const loaded = await loadConfig({ cwd: folder, home: folder, env: {}, files: ["c.yaml"] });
      expect(linesOf({ folder, loaded })).toEqual([]);
      expect(loaded.warnings).toEqual([
        `The top-level key "$import" (${folder}/c.yaml:1:1) is left alone: this program does not know it.`,
      ]);
      const [line] = linesOf({
        folder,
        loaded: await loadConfig({ cwd: folder, home: folder, env: {}, files: ["c.js"] }),
      });
      expect(line).toContain("c.js:1:1  A configuration is a map");
    } finally {
      process.chdir(cwd);
    }
    expect(globalThis).not.toHaveProperty("cloudmarkerConfigRan");
  });
});

describe("merge", () => {
  test("maps by key, lists and scalars replaced; each part knows its file, place and folder", async () => {
    const { folder, loaded } = await merged(
      "plugins:\n  es:\n    plugin: ./es.ts\n    params: { node: one, hosts: [a, b] }\naudits: { x: { stores: [es, filestore] } }\n",
      "plugins:\n  es:\n    params:\n      hosts: [c]\naudits: { x: { stores: [es] } }\n",
    );
    expect(loaded.value.plugins["es"]).toEqual({ plugin: "./es.ts", params: { node: "one", hosts: ["c"] } });
    expect(loaded.value.audits["x"]).toEqual({ stores: ["es"] });
    const [a, b] = [join(folder, "a.yaml"), join(folder, "b/b.yaml")];
    expect(loaded.originOf(["plugins", "es", "plugin"])).toBe(a);
    expect(loaded.originOf(["plugins", "es", "params", "hosts"])).toBe(b);
    expect(loaded.locate(["plugins", "es", "plugin"])).toEqual({ file: a, line: 3, column: 5 });
    expect(loaded.locate(["plugins", "es", "plugin"], "value")).toEqual({ file: a, line: 3, column: 13 });
    expect(loaded.locate(["plugins", "es", "params", "hosts", 0], "value")).toEqual({ file: b, line: 4, column: 15 });
    expect(loaded.directoryOf(["plugins", "es", "plugin"])).toBe(realpathSync(folder));
    expect(loaded.directoryOf(["plugins", "es", "params", "hosts"])).toBe(realpathSync(join(folder, "b")));
  });

  test("a missing path is located at its nearest parent's key", async () => {
    const { loaded, folder } = await load("plugins:\n  es:\n    plugin: esstore\n    params:\n      node: x\n");
    const file = `${folder}/c.yaml`;
    expect(loaded.locate(["plugins", "es", "params", "index"])).toEqual({ file, line: 4, column: 5 });
    expect(loaded.locate(["plugins", "es", "params", "index"], "value")).toEqual({ file, line: 4, column: 5 });
    expect(loaded.locate(["nothing"])).toEqual({ file, line: 1, column: 1 });
  });

  test("a key without a value removes no map and no list, but inside params null is a value", async () => {
    const { loaded } = await merged(
      "plugins: { es: { plugin: esstore, params: { headers: { a: b } } } }\naudits: { x: { stores: [es] } }\nstate_dir: /s\n",
      "plugins:\n  es:\n    params:\n      headers:\n    delivery:\naudits:\n  x:\n    stores:\nrun:\nstate_dir:\n",
    );
    expect(loaded.value.plugins["es"]).toEqual({ plugin: "esstore", params: { headers: null } });
    expect(loaded.value.audits["x"]).toEqual({ stores: ["es"] });
    expect(loaded.value.run).toEqual(["x"]);
    expect(loaded.value).not.toHaveProperty("state_dir");
    expect(loaded.problems).toEqual([]);
  });

  test("a store of the base configuration is looked for beside the file that configures it, links followed", async () => {
    const folder = folderWith({ "opt/app/c.yaml": "plugins: { esstore: { params: { index: x } } }\n", "cwd/x": "" });
    mkdirSync(join(folder, "etc"));
    symlinkSync(join(folder, "opt/app/c.yaml"), join(folder, "etc/c.yaml"));
    const cwd = join(folder, "cwd");
    const loaded = await loadConfig({ cwd, home: cwd, env: {}, files: [join(folder, "etc/c.yaml")] });
    expect(loaded.directoryOf(["plugins", "esstore", "plugin"])).toBe(realpathSync(join(folder, "opt/app")));
    expect(loaded.files).toEqual([join(folder, "etc/c.yaml")]);
  });

  test("__proto__ and constructor are keys like others", async () => {
    const { loaded } = await merged(
      "plugins: { a: { plugin: filestore, params: { __proto__: { polluted: 1 }, constructor: { prototype: { polluted: 2 } } } } }\n",
      "plugins: { a: { params: { __proto__: { polluted: 3 } } }, __proto__: { plugin: filestore } }\n",
    );
    expect({}).not.toHaveProperty("polluted");
    const params = loaded.value.plugins["a"]?.params ?? {};
    expect(Object.getPrototypeOf(params)).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptor(params, "__proto__")?.value).toEqual({ polluted: 3 });
    expect(Object.keys(loaded.value.plugins)).toContain("__proto__");
    expect(loaded.problems).toEqual([]);
  });

  test("without `run` all defined audits run; with `run` only those", async () => {
    const { loaded: all } = await merged(
      "audits: { a: { stores: [filestore] } }\n",
      "audits: { b: { stores: [filestore] } }\n",
    );
    expect(all.value.run).toEqual(["a", "b"]);
    const { loaded: one } = await merged("audits: { a: { stores: [filestore] } }\n", "run: [default]\n");
    expect(one.value.run).toEqual(["default"]);
  });
});

describe("from an embedding program", () => {
  const plugin = { kind: "store", name: "mine", params: { type: "object" }, open() {} };
  const value = {
    plugins: { mine: { plugin, params: { when: new Date(0), list: ["${X}"] } } },
    audits: { a: { stores: ["mine"] } },
  };

  test("an object replaces the files; plugin objects and instances stay themselves, references are resolved", async () => {
    const folder = folderWith({ "cloudmarker.yaml": "state_dir: /not-read\n" });
    const loaded = await loadConfig({ cwd: folder, home: folder, env: { X: "x" }, value });
    expect(loaded.value.plugins["mine"]?.plugin).toBe(plugin);
    expect(loaded.value.plugins["mine"]?.params).toEqual({ when: value.plugins.mine.params.when, list: ["x"] });
    expect(value.plugins.mine.params.list).toEqual(["${X}"]);
    expect(loaded.value.run).toEqual(["a"]);
    expect(loaded.originOf(["plugins", "mine"])).toBe("the embedding program");
    expect(loaded.locate(["plugins", "mine"])).toBeUndefined();
    expect(loaded.directoryOf(["plugins", "mine"])).toBe(folder);
    expect(loaded.problems).toEqual([]);
  });

  test("the transform gets plain values with their references; unchanged values keep their place, added ones are resolved", async () => {
    const seen: unknown[] = [];
    const { loaded, folder } = await load(
      "plugins:\n  es: { plugin: esstore, params: { key: '${KEY}', n: 1 } }\naudits: { a: { stores: [es] } }\n",
      {
        env: { KEY: "secret" },
        transform(config) {
          seen.push(structuredClone(config["plugins"]));
          return {
            ...config,
            plugins: {
              ...(config["plugins"] as object),
              es: { plugin: "esstore", params: { key: "${KEY}", n: 2, more: "${KEY}!" } },
            },
          };
        },
      },
    );
    expect(seen).toMatchObject([{ es: { params: { key: "${KEY}", n: 1 } } }]);
    expect(loaded.value.plugins["es"]?.params).toEqual({ key: "secret", n: 2, more: "secret!" });
    expect(loaded.locate(["plugins", "es", "params", "key"], "value")).toEqual({
      file: `${folder}/c.yaml`,
      line: 2,
      column: 41,
    });
    expect(loaded.originOf(["plugins", "es", "params", "key"])).toBe(`${folder}/c.yaml`);
    expect(loaded.originOf(["plugins", "es", "params", "n"])).toBe("the embedding program");
    expect(loaded.locate(["plugins", "es", "params", "n"], "value")).toBeUndefined();
  });

  test("a transform that changes its argument and returns nothing has changed nothing", async () => {
    const { loaded } = await load("state_dir: /s\n", { transform: (config) => void (config["state_dir"] = "/t") });
    expect(loaded.value.state_dir).toBe("/s");
  });
});

test("a pipe as a configuration file, as -c <(…) makes it, starts from the working folder", async () => {
  const folder = folderWith();
  const fifo = join(folder, "pipe");
  expect(spawnSync("mkfifo", [fifo]).status).toBe(0);
  const reading = loadConfig({ cwd: "/", home: folder, env: {}, files: [fifo] });
  writeFileSync(fifo, "plugins: { es: { plugin: ./es.ts } }\n");
  expect((await reading).directoryOf(["plugins", "es"])).toBe("/");
});
