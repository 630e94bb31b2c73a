// Where configuration files are found, and what comes of those that are not (L-50).
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load-config.ts";
import { homePlaces, looksLikeOne, type SearchOptions, searchPlaces } from "../../src/config/search-places.ts";
import type { LoadedConfig } from "../../src/config/types.ts";
import { folderWith, linesOf } from "./harness.ts";

const isRoot = process.getuid?.() === 0;

type Files = Readonly<Record<string, string | Uint8Array>>;

/** Searches from `work` in a folder of these files, with `home` beside it. */
async function searched(
  files: Files,
  search?: SearchOptions,
  from = "work",
): Promise<LoadedConfig & { folder: string }> {
  // Nothing above the folder is looked at.
  const folder = folderWith({ "work/x": "", "home/x": "", ".git/x": "", ...files });
  return Object.assign(await found(folder, from, search), { folder });
}

function found(folder: string, from: string, search?: SearchOptions): Promise<LoadedConfig> {
  return loadConfig({ cwd: join(folder, from), home: join(folder, "home"), env: {}, search });
}

function short(loaded: LoadedConfig & { folder: string }, lines: readonly string[] = loaded.files): string[] {
  return lines.map((line) => line.replaceAll(`${loaded.folder}/`, ""));
}

describe("places", () => {
  test("a machine and a user have the predecessor's files, a project has those that people expect (MC-17)", () => {
    expect(homePlaces()).toEqual(["/etc/cloudmarker.yaml", "~/.cloudmarker.yaml", "~/cloudmarker.yaml"]);
    expect(searchPlaces()).toEqual([
      "cloudmarker.yaml",
      "cloudmarker.yml",
      "cloudmarker.json",
      ".cloudmarkerrc",
      ".cloudmarkerrc.yaml",
      ".cloudmarkerrc.yml",
      ".cloudmarkerrc.json",
      ".config/cloudmarker.yaml",
      ".config/cloudmarker.yml",
      ".config/cloudmarker.json",
      "package.json",
    ]);
  });

  for (const place of searchPlaces()) {
    const isPackage = place === "package.json";
    const content = isPackage ? '{ "cloudmarker": { "state_dir": "/here" } }' : '{ "state_dir": "/here" }';
    test(`${place} is found in the current folder, and from a folder below it`, async () => {
      const here = await searched({ [`work/${place}`]: content, "work/a/b/x": "" });
      expect(short(here)).toEqual([`work/${place}`]);
      expect(here.value.state_dir).toBe("/here");
      expect((await found(here.folder, "work/a/b")).files).toEqual(here.files);
      expect(here.isSearched).toBe(true);
    });
  }

  test("the nearest folder wins, and in a folder the first place; the others are named", async () => {
    const files = { "work/cloudmarker.json": "{ markers: true }", "work/.cloudmarkerrc": "markers: true\n" };
    const loaded = await searched({ ...files, "work/a/.cloudmarkerrc": "state_dir: /a\n" }, undefined, "work/a");
    expect(short(loaded)).toEqual(["work/a/.cloudmarkerrc"]);
    expect(loaded.warnings).toEqual([]);
    const above = await found(loaded.folder, "work");
    expect(short({ ...above, folder: loaded.folder })).toEqual(["work/cloudmarker.json"]);
    expect(short({ ...above, folder: loaded.folder }, above.warnings)).toEqual([
      "work/.cloudmarkerrc is not read, since work/cloudmarker.json is.",
    ]);
  });

  for (const mark of ["package.json", ".git/HEAD", ".hg/x"])
    test(`the search ends in the top folder of the project, which has ${mark}`, async () => {
      const file = "state_dir: /above\n";
      const loaded = await searched({ "cloudmarker.yaml": file, [`work/p/${mark}`]: "{}" }, undefined, "work/p");
      expect(loaded.files).toEqual([]);
      expect(short({ ...(await found(loaded.folder, "work")), folder: loaded.folder })).toEqual(["cloudmarker.yaml"]);
    });

  test("all that is found is one merge: the user's files, then that of the project", async () => {
    const loaded = await searched({
      "home/.cloudmarker.yaml":
        "plugins: { a: { plugin: filestore, params: { path: /1, format: ndjson } } }\nmarkers: true\n",
      "home/cloudmarker.yaml": "plugins: { a: { params: { path: /2 } } }\nstate_dir: /s\n",
      "work/package.json":
        '{\n  "name": "x",\n  "cloudmarker": {\n    "plugins": { "a": { "params": { "path": "/3" } } }\n  }\n}\n',
    });
    expect(short(loaded)).toEqual(["home/.cloudmarker.yaml", "home/cloudmarker.yaml", "work/package.json"]);
    expect(loaded.value.plugins["a"]?.params).toEqual({ path: "/3", format: "ndjson" });
    expect(loaded.value).toMatchObject({ markers: true, state_dir: "/s" });
    const file = join(loaded.folder, "work/package.json");
    expect(loaded.locate(["plugins", "a", "params", "path"], "value")).toEqual({ file, line: 4, column: 45 });
    expect(loaded.originOf(["plugins", "a", "params", "format"])).toBe(join(loaded.folder, "home/.cloudmarker.yaml"));
  });

  test("if the project's file is also the user's own file, it is read once", async () => {
    const loaded = await searched({ "home/cloudmarker.yaml": "state_dir: /h\n", "home/p/x": "" }, undefined, "home/p");
    expect(short(loaded)).toEqual(["home/cloudmarker.yaml"]);
  });
});

describe("package.json", () => {
  test("mistakes in it have their true places", async () => {
    const loaded = await searched({
      "work/package.json":
        '{\n  "name": "x", "name": "y",\n  "cloudmarker": {\n    "state_dri": "/s",\n    "markers": 1, "markers": 2\n  }\n}\n',
    });
    expect(linesOf({ folder: loaded.folder, loaded })).toEqual([
      'work/package.json:4:5  The configuration has an unknown key "state_dri". Did you mean "state_dir"?',
      "work/package.json:5:19  cloudmarker.markers is here a second time; the first is in line 5. Keep one.",
    ]);
  });

  test("one without our key, an empty one, a broken one of another owner and an unreadable one are skipped", async () => {
    for (const content of ["{}", "", " \n", '{ "a": ', '{ "dependencies": { "cloudmarker": "^1" } }', "[]"]) {
      const loaded = await searched({ "work/package.json": content });
      expect([loaded.files, loaded.problems, loaded.warnings]).toEqual([[], [], []]);
    }
  });

  test("a key that is not a map is reported at its place", async () => {
    const loaded = await searched({ "work/package.json": '{\n  "cloudmarker": "x.yaml"\n}' });
    expect(linesOf({ folder: loaded.folder, loaded })).toEqual([
      'work/package.json:2:18  "cloudmarker" in this file must be a map with keys such as plugins and audits, not a string.',
    ]);
  });

  test("broken JSON in it is called JSON", async () => {
    const loaded = await searched({ "work/package.json": '{ "cloudmarker": { "markers": true }' });
    expect(linesOf({ folder: loaded.folder, loaded })[0]).toMatch(/^work\/package\.json:1:\d+ {2}This is not JSON: /);
  });

  test("a byte order mark is passed over in it", async () => {
    const loaded = await searched({ "work/package.json": '\ufeff{ "cloudmarker": { "state_dir": "/s" } }' });
    expect(loaded.value.state_dir).toBe("/s");
  });
});

describe("files that are found are read as those that are named", () => {
  test("an encoding, an empty file and broken YAML are reported once, and no other file is read instead", async () => {
    const second = { "work/.cloudmarkerrc": "state_dir: /second\n" };
    const utf16 = await searched({
      ...second,
      "work/cloudmarker.yaml": Buffer.from("\ufeffmarkers: true\n", "utf16le"),
    });
    expect(linesOf({ folder: utf16.folder, loaded: utf16 })).toEqual([
      "work/cloudmarker.yaml:1:1  This file is UTF-16. Save it as UTF-8.",
    ]);
    const latin1 = await searched({ ...second, "work/cloudmarker.yaml": Buffer.from("a: 1\nb: \xe4\n", "latin1") });
    expect(linesOf({ folder: latin1.folder, loaded: latin1 })).toEqual([
      "work/cloudmarker.yaml:2:4  This character is not UTF-8. Save the file as UTF-8.",
    ]);
    const empty = await searched({ ...second, "work/cloudmarker.yaml": "\n" });
    expect(linesOf({ folder: empty.folder, loaded: empty })).toEqual([
      "work/cloudmarker.yaml:1:1  This file has no content. Delete it, or write a configuration into it.",
    ]);
    const broken = await searched({ ...second, "work/cloudmarker.yaml": "a: [\n" });
    expect(linesOf({ folder: broken.folder, loaded: broken })).toHaveLength(1);
    expect(broken.value).not.toHaveProperty("state_dir");
  });

  test("$import is a key like any other that is not known, with one warning", async () => {
    const loaded = await searched({ "work/cloudmarker.yaml": "$import: ./no.yaml\nstate_dir: /s\n" });
    expect(loaded.value.state_dir).toBe("/s");
    expect(short(loaded, loaded.warnings)).toEqual([
      'The top-level key "$import" (work/cloudmarker.yaml:1:1) is left alone: this program does not know it.',
    ]);
  });

  test("a link is followed: relative paths start at the file itself", async () => {
    const loaded = await searched({ "shared/c.yaml": "state_dir: ./s\n" });
    symlinkSync("../shared/c.yaml", join(loaded.folder, "work/cloudmarker.yaml"));
    const linked = await found(loaded.folder, "work");
    expect(linked.files).toEqual([join(loaded.folder, "work/cloudmarker.yaml")]);
    expect(linked.directoryOf(["state_dir"])).toBe(join(loaded.folder, "shared"));
  });

  test("a file that is too large, and a link to itself, are problems", async () => {
    const large = await searched({ "work/cloudmarker.yaml": "#".repeat(16 * 1024 * 1024 + 1) });
    expect(linesOf({ folder: large.folder, loaded: large })).toEqual([
      'The configuration file "work/cloudmarker.yaml" cannot be read: it is larger than 16 MiB.',
    ]);
    const loop = await searched({ "work/.cloudmarkerrc": "state_dir: /s\n" });
    symlinkSync("cloudmarker.yaml", join(loop.folder, "work/cloudmarker.yaml"));
    const [line] = linesOf({ folder: loop.folder, loaded: await found(loop.folder, "work") });
    expect(line).toContain('"work/cloudmarker.yaml" cannot be read: ELOOP');
  });

  test.skipIf(isRoot)("a file without permission is a problem (skipped for root, who may read all)", async () => {
    const loaded = await searched({ "work/cloudmarker.yaml": "a: 1\n", "work/.cloudmarkerrc": "state_dir: /s\n" });
    chmodSync(join(loaded.folder, "work/cloudmarker.yaml"), 0);
    expect(linesOf({ folder: loaded.folder, loaded: await found(loaded.folder, "work") })).toEqual([
      'The configuration file "work/cloudmarker.yaml" cannot be read: you have no permission to read it.',
    ]);
  });

  test.runIf(isRoot)("above the current folder the file of another user is left alone, and named", async () => {
    const loaded = await searched({ "cloudmarker.yaml": "state_dir: /theirs\n" });
    const path = join(loaded.folder, "cloudmarker.yaml");
    chownSync(path, 4711, 4711);
    const theirs = await found(loaded.folder, "work");
    expect(theirs.files).toEqual([]);
    expect(theirs.warnings).toEqual([leftAlone(path)]);
    // A project is one owner's, also for root.
    chownSync(join(loaded.folder, "work"), 4711, 4711);
    expect((await found(loaded.folder, "work")).files).toEqual([path]);
  });
});

const leftAlone = (path: string): string =>
  `${path} is not read: it, or a link on the way to it, belongs to another user and is above the current folder. Name it (-c, configFile) if you trust it.`;

/** Makes something of a name that is searched in `work`, and searches. */
async function foundFrom(from: string, name: string, make: (path: string) => void): Promise<{ lines: string[] }> {
  const loaded = await searched({ "work/a/x": "" });
  make(join(loaded.folder, "work", name));
  const again = await found(loaded.folder, from);
  expect(again.files).toEqual([]);
  return { lines: linesOf({ folder: loaded.folder, loaded: again }) };
}

const fifo = (path: string): void => void expect(spawnSync("mkfifo", [path]).status).toBe(0);

describe("what has a name that is searched and is not a file (L-50)", () => {
  for (const from of ["work", "work/a"]) {
    test(`a link that leads nowhere is a problem, from ${from}`, async () => {
      expect(await foundFrom(from, "cloudmarker.yaml", (path) => symlinkSync("/nope", path))).toEqual({
        lines: [
          'The configuration file "work/cloudmarker.yaml" cannot be read: it is a link to /nope, and there is nothing. Mend the link, or delete it.',
        ],
      });
    });

    test(`a folder is a problem, from ${from}`, async () => {
      expect(await foundFrom(from, "cloudmarker.yml", (path) => mkdirSync(path))).toEqual({
        lines: [
          'The configuration file "work/cloudmarker.yml" cannot be read: it is a folder. Rename or delete it, or name the file that is meant (-c, configFile).',
        ],
      });
    });

    test.skipIf(process.platform === "win32").each([".cloudmarkerrc", "package.json"])(
      `a pipe, a device and a link to one are problems and are not opened, from ${from}: %s`,
      async (name) => {
        const advice =
          "and the search reads only regular files. Delete it, or name it (-c, configFile) if it is meant.";
        const line = (what: string): string =>
          `The configuration file "work/${name}" cannot be read: it is ${what}, ${advice}`;
        const makers: [string, (path: string) => void][] = [
          ["a pipe", fifo],
          ["a device", (path) => symlinkSync("/dev/zero", path)],
        ];
        for (const [what, make] of makers) expect(await foundFrom(from, name, make)).toEqual({ lines: [line(what)] });
      },
    );
  }

  test("in the home folder as well", async () => {
    const loaded = await searched({});
    symlinkSync("nope", join(loaded.folder, "home/cloudmarker.yaml"));
    const [line] = linesOf({ folder: loaded.folder, loaded: await found(loaded.folder, "work") });
    expect(line).toContain('"home/cloudmarker.yaml" cannot be read: it is a link to nope');
  });

  test.runIf(isRoot)("above the current folder one of another user is left alone, and named", async () => {
    const loaded = await searched({});
    for (const name of ["package.json", ".cloudmarkerrc", "cloudmarker.yaml"]) {
      const path = join(loaded.folder, name);
      if (name === "cloudmarker.yaml") symlinkSync("/nope", path);
      else fifo(path);
      lchownSync(path, 4711, 4711);
    }
    const { problems, warnings } = await found(loaded.folder, "work");
    expect(problems).toEqual([]);
    const names = ["cloudmarker.yaml", ".cloudmarkerrc", "package.json"];
    expect(warnings).toEqual(names.map((name) => leftAlone(join(loaded.folder, name))));
  });
});

describe.runIf(isRoot)("the owner of a link above the current folder counts (L-50)", () => {
  test("of the file, even if the file belongs to the user", async () => {
    const loaded = await searched({ "mine/c.yaml": "state_dir: /mine\n" });
    const path = join(loaded.folder, "cloudmarker.yaml");
    symlinkSync("mine/c.yaml", path);
    const own = await found(loaded.folder, "work");
    expect([own.files, [...own.links]]).toEqual([[path], [[path, join(loaded.folder, "mine/c.yaml")]]]);
    lchownSync(path, 4711, 4711);
    expect(await found(loaded.folder, "work")).toMatchObject({ files: [], warnings: [leftAlone(path)] });
  });

  test("of .config", async () => {
    const loaded = await searched({ "mine/cloudmarker.yaml": "state_dir: /mine\n" });
    symlinkSync("mine", join(loaded.folder, ".config"));
    const path = join(loaded.folder, ".config/cloudmarker.yaml");
    expect((await found(loaded.folder, "work")).files).toEqual([path]);
    lchownSync(join(loaded.folder, ".config"), 4711, 4711);
    expect(await found(loaded.folder, "work")).toMatchObject({ files: [], warnings: [leftAlone(path)] });
  });

  test("and that of a package.json with our key", async () => {
    const loaded = await searched({ "package.json": '{ "cloudmarker": { "state_dir": "/theirs" } }' });
    const path = join(loaded.folder, "package.json");
    expect((await found(loaded.folder, "work")).files).toEqual([path]);
    chownSync(path, 4711, 4711);
    expect(await found(loaded.folder, "work")).toMatchObject({ files: [], warnings: [leftAlone(path)] });
    writeFileSync(path, '{ "dependencies": {} }');
    expect(await found(loaded.folder, "work")).toMatchObject({ files: [], warnings: [] });
  });
});

describe("a file that looks like ours and is not read", () => {
  test("is a package.json with our key beside another file, and not one without it", async () => {
    const file = { "work/cloudmarker.yaml": "state_dir: /s\n" };
    const loaded = await searched({ ...file, "work/package.json": '{ "cloudmarker": { "markers": true } }' });
    expect(short(loaded, loaded.warnings)).toEqual(["work/package.json is not read, since work/cloudmarker.yaml is."]);
    for (const other of ['{ "name": "cloudmarker" }', '{ "dependencies": { "cloudmarker": "1" }'])
      expect((await searched({ ...file, "work/package.json": other })).problems).toEqual([]);
    const none = await searched({ ...file, "work/package.json": '{ "dependencies": { "cloudmarker": "1" } }' });
    expect(none.warnings).toEqual([]);
  });

  test("must be written anew if it is in another language", async () => {
    const loaded = await searched({ "work/cloudmarker.toml": "a = 1\n", "work/.cloudmarkerrc.js": "" });
    const advice = "looks like a configuration file, and is not read. Write it anew as YAML, in cloudmarker.yaml.";
    expect(short(loaded, loaded.warnings).toSorted()).toEqual([
      `work/.cloudmarkerrc.js ${advice}`,
      `work/cloudmarker.toml ${advice}`,
    ]);
  });

  test("is named in a warning, with what to do", async () => {
    const loaded = await searched(
      {
        "work/a/x": "",
        "work/a/Cloudmarker.yaml": "a: 1\n",
        "work/cloudmarker.yaml.txt": "a: 1\n",
        "home/cloudmarker.yml": "a: 1\n",
      },
      undefined,
      "work/a",
    );
    expect(loaded.files).toEqual([]);
    const advice =
      "looks like a configuration file, and is not read. Rename it to cloudmarker.yaml, or name it (-c, configFile).";
    expect(short(loaded, loaded.warnings)).toEqual([
      `work/a/Cloudmarker.yaml ${advice}`,
      `work/cloudmarker.yaml.txt ${advice}`,
      `home/cloudmarker.yml ${advice}`,
    ]);
  });

  test.for([
    ["Cloudmarker.yaml", true],
    ["CLOUDMARKER.YML", true],
    ["cloudmarker.yaml.txt", true],
    [".cloudmarker.yml", true],
    ["cloudmarkerrc", true],
    [".cloudmarkerrc.js", true],
    ["cloudmarker.config.ts", true],
    ["cloudmarker.toml", true],
    // Programs, copies, the schema that `cloudmarker schema` writes, results.
    ["cloudmarker.ts", false],
    ["cloudmarker", false],
    ["cloudmarker.schema.json", false],
    ["cloudmarker.yaml~", false],
    ["cloudmarker.yaml.bak", false],
    ["cloudmarker.txt", false],
    ["cloudmarker-x.yaml", false],
  ] as const)("%s: %s", ([name, expected]) => {
    expect(looksLikeOne(name, "cloudmarker")).toBe(expected);
  });
});

test("nothing that is planted in the current folder runs, whatever cosmiconfig may look for (L-50)", async () => {
  const mark = 'require("node:fs").writeFileSync(require("node:path").join(__dirname, "RAN"), "")';
  const esm = 'import { writeFileSync } from "node:fs"; writeFileSync(new URL("RAN", import.meta.url), "");';
  const own =
    '{ "cosmiconfig": { "searchPlaces": ["planted.js"], "mergeSearchPlaces": true, "$import": "./planted.js" } }';
  const programs = ["cjs", "js", "mjs", "ts", "cts", "mts"].flatMap((ending) =>
    [".config/config", "cloudmarker.config", ".cloudmarkerrc", "planted", ".config/cloudmarkerrc"].map((name) => [
      `work/${name}.${ending}`,
      /^m|ts$/.test(ending) && ending !== "cts" ? esm : mark,
    ]),
  );
  const files = {
    ...Object.fromEntries(programs),
    "work/package.json": own,
    "work/package.yaml": "cosmiconfig: { searchPlaces: [planted.js] }\n",
    "work/.config/config.json": '{ "searchPlaces": ["planted.js"] }',
    "work/.config/config.yaml": "searchPlaces: [planted.js]\n",
    "work/cloudmarker.yaml": "$import: ./planted.js\nstate_dir: /s\n",
  };
  const loaded = await searched(files);
  const ran = (): boolean => ["work/RAN", "work/.config/RAN"].some((place) => existsSync(join(loaded.folder, place)));
  // In a process of its own, since it is the folder of the process that counts.
  const inWork = (program: string): string => {
    const cwd = join(loaded.folder, "work");
    const args = ["--input-type=module", "--eval", program];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: "utf8" });
    expect(stderr).toBe("");
    return stdout;
  };
  const load = `
    const { loadConfig } = await import(${JSON.stringify(new URL("../../src/config/load-config.ts", import.meta.url))});
    const loaded = await loadConfig({ cwd: process.cwd(), home: ${JSON.stringify(join(loaded.folder, "home"))}, env: {} });
    console.log(loaded.files.length, loaded.problems.length);`;
  expect(inWork(load)).toBe("1 0\n");
  // As it is published, with the part of cosmiconfig that is bundled.
  const published = `
    const { createHost } = await import(${JSON.stringify(new URL("../../lib/index.js", import.meta.url))});
    const { config } = await createHost({ home: ${JSON.stringify(join(loaded.folder, "home"))} }).inspect();
    console.log(config.files.length, config.problems.length);`;
  expect(inWork(published)).toBe("1 0\n");
  rmSync(join(loaded.folder, "work/cloudmarker.yaml"));
  expect(inWork(published)).toBe("0 0\n");
  expect(inWork(load)).toBe("0 0\n");
  expect(ran()).toBe(false);
  // What is planted would have run with the function that cosmiconfig's documents show.
  inWork(`
    const { cosmiconfig } = (await import(${JSON.stringify(import.meta.resolve("cosmiconfig"))})).default;
    try {
      await cosmiconfig("cloudmarker").search();
    } catch {}`);
  expect(ran()).toBe(true);
});

test("the bundled part of cosmiconfig cannot run code, and has its licence (L-50)", () => {
  const folder = new URL("../../lib/", import.meta.url);
  const [name = "", ...more] = readdirSync(folder).filter((file) => file.startsWith("Explorer-"));
  expect(more).toEqual([]);
  const code = readFileSync(new URL(name, folder), "utf8");
  expect(readFileSync(new URL("LICENCES.txt", folder), "utf8")).toContain("cosmiconfig 10.0.1\n");
  expect(code).not.toMatch(/\b(?:import|require|eval)\(|js-yaml|createRequire/);
});

test("a disk that does not answer is a problem of the first file there, and blocks nothing", async () => {
  const loaded = await searched({});
  expect(spawnSync("mkfifo", [join(loaded.folder, "work/pipe")]).status).toBe(0);
  // Every disk thread of Node waits for a pipe without a writer.
  const program = `
    import { open } from "node:fs";
    for (let thread = 0; thread < 4; thread++) open("pipe", "r", () => undefined);
    const { loadConfig } = await import(${JSON.stringify(new URL("../../src/config/load-config.ts", import.meta.url))});
    const clock = { now: Date.now, setTimeout: (fn) => setImmediate(fn), clearTimeout: clearImmediate };
    const { problems } = await loadConfig({ cwd: process.cwd(), home: process.cwd(), env: {}, clock });
    console.log(problems[0].message);
    // An exit would wait for the threads.
    process.kill(process.pid, "SIGKILL");`;
  const cwd = join(loaded.folder, "work");
  const args = ["--input-type=module", "--eval", program];
  const env = { ...process.env, UV_THREADPOOL_SIZE: "4" };
  const { stdout } = spawnSync(process.execPath, args, { cwd, env, encoding: "utf8", timeout: 30_000 });
  expect(stdout).toMatch(/"\S+cloudmarker.yaml" cannot be read: it did not come to its end within 30000 ms/);
});

describe("for a tool of its own name", () => {
  test("its users write acme-audit.yaml, in all places, and no file of cloudmarker is read", async () => {
    const files = { "work/cloudmarker.yaml": "state_dir: /no\n", "home/.cloudmarker.yaml": "state_dir: /no\n" };
    const acme = { "work/.config/acme-audit.yml": "state_dir: /acme\n", "home/.acme-audit.yaml": "markers: true\n" };
    const loaded = await searched({ ...files, ...acme }, { moduleName: "acme-audit" });
    expect(short(loaded)).toEqual(["home/.acme-audit.yaml", "work/.config/acme-audit.yml"]);
    expect(loaded.value).toMatchObject({ state_dir: "/acme", markers: true });
    expect(loaded.warnings).toEqual([]);
    const inPackage = { "work/package.json": '{ "acme.audit": { "state_dir": "/dots" } }' };
    expect((await searched(inPackage, { moduleName: "acme.audit" })).value.state_dir).toBe("/dots");
    for (const moduleName of ["constructor", "__proto__"])
      expect((await searched({ "work/package.json": "{}" }, { moduleName })).problems).toEqual([]);
  });

  test("it may name the files of a project that are read", async () => {
    const places = ["audit/settings.json", "package.json"];
    const files = { "work/acme.yaml": "state_dir: /no\n", "work/audit/settings.json": '{ "state_dir": "/yes" }' };
    const search = { moduleName: "acme", searchPlaces: places };
    const loaded = await searched(files, search);
    expect(short(loaded)).toEqual(["work/audit/settings.json"]);
    expect(loaded.value.state_dir).toBe("/yes");
    expect(short(loaded, loaded.warnings)).toEqual(["work/acme.yaml is not read, since work/audit/settings.json is."]);
    const first = { "work/package.json": " \n", "work/acme.yaml": "state_dir: /yes\n" };
    expect(
      (await searched(first, { moduleName: "acme", searchPlaces: ["package.json", "acme.yaml"] })).files,
    ).toHaveLength(1);
  });
});
