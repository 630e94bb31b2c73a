import { execFileSync } from "node:child_process";
import { platform } from "node:os";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { link, load, makeTree, storeSource } from "./fixtures.ts";

function pkg(name: string, rest: object = {}): object {
  return { name, version: "1.2.3", ...rest };
}

/** The files under a folder. */
function at(folder: string, files: Record<string, string | object>): Record<string, string | object> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));
}

/** The packages of one project in npm's layout, one for each way to publish a module. */
function npmProject(): string {
  return makeTree({
    "package.json": { dependencies: {} },
    "node_modules/cloudmarker-store-esm/package.json": pkg("cloudmarker-store-esm", {
      exports: { ".": { import: "./index.mjs" }, "./tap": { import: "./tap.mjs" } },
    }),
    "node_modules/cloudmarker-store-esm/index.mjs": `globalThis.ran = true; export default ${storeSource("esm")};`,
    "node_modules/cloudmarker-store-esm/tap.mjs": `export default { kind: "tap", name: "t", apiVersion: 1, params: {}, apply() {} };`,
    "node_modules/@acme/cloudmarker-store-dual/package.json": pkg("@acme/cloudmarker-store-dual", {
      exports: { import: "./index.mjs", require: "./index.cjs" },
    }),
    "node_modules/@acme/cloudmarker-store-dual/index.mjs": `export default ${storeSource("dual-esm")};`,
    "node_modules/@acme/cloudmarker-store-dual/index.cjs": `module.exports = ${storeSource("dual-cjs")};`,
    "node_modules/cloudmarker-store-cjs/package.json": pkg("cloudmarker-store-cjs", { main: "index.js" }),
    "node_modules/cloudmarker-store-cjs/index.js": `module.exports = ${storeSource("cjs")};`,
    "node_modules/cloudmarker-store-transpiled/package.json": pkg("cloudmarker-store-transpiled"),
    "node_modules/cloudmarker-store-transpiled/index.js": `Object.defineProperty(exports, "__esModule", { value: true }); exports.default = ${storeSource("transpiled")};`,
    "node_modules/@acme/written/package.json": pkg("@acme/written", { type: "module", main: "./lib/index.js" }),
    "node_modules/@acme/written/lib/package.json": { type: "module" },
    "node_modules/@acme/written/lib/index.js": `export default ${storeSource("written")};`,
    "node_modules/jira/package.json": pkg("jira"),
    "node_modules/jira/index.js": `module.exports = ${storeSource("jira")};`,
    "conf/cloudmarker.yaml": "",
  });
}

describe("a plugin is found from the folder of the configuration", () => {
  test("in npm's layout, also from a folder below: ESM only, dual, CommonJS, transpiled, by path in the package", async () => {
    const root = npmProject();
    const directory = join(root, "conf");
    const refs = ["esm", "@acme/dual", "cjs", "transpiled", "@acme/written", "npm:jira", "cloudmarker-store-esm/tap"];
    const loaded = await load(...refs.map((ref) => ({ ref, directory })));
    expect(loaded.map(({ name, packageName, version }) => [name, packageName, version])).toEqual([
      ["esm", "cloudmarker-store-esm", "1.2.3"],
      ["dual-esm", "@acme/cloudmarker-store-dual", "1.2.3"],
      ["cjs", "cloudmarker-store-cjs", "1.2.3"],
      ["transpiled", "cloudmarker-store-transpiled", "1.2.3"],
      ["written", "@acme/written", "1.2.3"],
      ["jira", "jira", "1.2.3"],
      ["t", "cloudmarker-store-esm", "1.2.3"],
    ]);
    expect(loaded[0]?.path).toBe(join(root, "node_modules/cloudmarker-store-esm/index.mjs"));
    expect(loaded[6]?.kind).toBe("tap");
    expect(loaded.flatMap(({ warnings }) => warnings)).toEqual([]);
  });

  test("in the folder of a package that names itself, as its own tests do", async () => {
    const root = makeTree({
      "package.json": pkg("cloudmarker-store-own", { exports: { import: "./index.mjs" } }),
      "index.mjs": `export default ${storeSource("own")};`,
      "test/cloudmarker.yaml": "",
    });
    const [own, other] = await load(
      { ref: "own", directory: join(root, "test") },
      { ref: "npm:cloudmarker-store-other", directory: join(root, "test") },
    );
    expect([own?.name, own?.packageName, own?.version]).toEqual(["own", "cloudmarker-store-own", "1.2.3"]);
    expect(other?.code).toBe("PLUGIN_NOT_FOUND");
  });

  test("in pnpm's layout: links of the application, and only those", async () => {
    const store = "node_modules/.pnpm/cloudmarker-store-x@1.2.3/node_modules/cloudmarker-store-x";
    const root = makeTree({
      [`${store}/package.json`]: pkg("cloudmarker-store-x", { exports: { import: "./index.js" }, type: "module" }),
      [`${store}/index.js`]: `import { name } from "dep"; export default { ...${storeSource("x")}, name };`,
      "node_modules/.pnpm/dep@1.0.0/node_modules/dep/package.json": pkg("dep"),
      "node_modules/.pnpm/dep@1.0.0/node_modules/dep/index.js": `exports.name = "of-dep";`,
      "app/package.json": { dependencies: { "cloudmarker-store-x": "1" } },
      "other/package.json": {},
    });
    link(join(root, "app/node_modules/cloudmarker-store-x"), join(root, store));
    link(join(root, store, "../dep"), join(root, "node_modules/.pnpm/dep@1.0.0/node_modules/dep"));
    const [here, there] = await load(
      { ref: "x", directory: join(root, "app") },
      { ref: "x", directory: join(root, "other") },
    );
    expect(here).toMatchObject({ name: "of-dep", version: "1.2.3", path: join(root, store, "index.js") });
    expect(there?.code).toBe("PLUGIN_NOT_FOUND");
  });

  test("a hoisted package of a yarn workspace", async () => {
    const root = makeTree({
      "yarn.lock": "",
      "node_modules/cloudmarker-tap-pii/package.json": pkg("cloudmarker-tap-pii"),
      "node_modules/cloudmarker-tap-pii/index.js": `module.exports = { kind: "tap", name: "pii", apiVersion: 1, params: {}, apply() {} };`,
      "packages/app/package.json": {},
    });
    const [tap] = await load({ ref: "pii", directory: join(root, "packages/app") });
    expect(tap).toMatchObject({ kind: "tap", name: "pii", packageName: "cloudmarker-tap-pii" });
  });

  test("paths: relative TypeScript, absolute, file URL, a name with characters that a URL escapes", async () => {
    const root = makeTree({
      "my-store.ts": `interface Params { a: number }\nconst name: string = "typed";\nexport default { ...${storeSource("x")}, name };`,
      "a b#c%20?.mjs": `export default ${storeSource("odd")};`,
      "named.mjs": `export const { kind, name, apiVersion, params, open } = ${storeSource("named")};`,
    });
    const loaded = await load(
      { ref: "./my-store.ts", directory: root },
      { ref: join(root, "my-store.ts"), directory: "/" },
      { ref: `file://${root}/my-store.ts`, directory: "/" },
      { ref: "./a b#c%20?.mjs", directory: root },
      { ref: "./named.mjs", directory: root },
    );
    expect(loaded.map(({ name, code }) => name ?? code)).toEqual(["typed", "typed", "typed", "odd", "named"]);
    expect(loaded[0]?.packageName).toBeUndefined();
  });

  test("our own stores may come from beside the host, after the project's; no other package may", async () => {
    const own = {
      "package.json": pkg("@cloudmarker/filestore", { version: "9.0.0" }),
      "index.js": `module.exports = ${storeSource("own")};`,
    };
    const host = makeTree({
      ...at("node_modules/@cloudmarker/filestore", {
        ...own,
        "index.js": `module.exports = ${storeSource("bundled")};`,
      }),
      ...at("node_modules/cloudmarker-store-x", { "package.json": pkg("cloudmarker-store-x"), "index.js": "" }),
    });
    const project = makeTree(at("node_modules/@cloudmarker/filestore", own));
    const empty = makeTree({ "package.json": {} });
    const bundledFrom = [host];
    const [bundled, byUrl, mine, foreign] = await load(
      { ref: "filestore", directory: empty, bundledFrom },
      { ref: "filestore", directory: empty, bundledFrom: [`file://${host}/bin/cli.js`] },
      { ref: "filestore", directory: project, bundledFrom },
      { ref: "x", directory: empty, bundledFrom },
    );
    expect([bundled?.name, byUrl?.name, mine?.name]).toEqual(["bundled", "bundled", "own"]);
    expect(foreign?.code).toBe("PLUGIN_NOT_FOUND");
    expect(foreign?.details).toContain(
      "cloudmarker-store-x is installed beside the host only; add it to your own package.json: npm install cloudmarker-store-x",
    );
  });

  test("a file behind a link is loaded, and judged by the allow-list, under its real path", async () => {
    const root = makeTree({ "real.mjs": `export default ${storeSource("real")};` });
    link(join(root, "link.mjs"), join(root, "real.mjs"));
    const query = { ref: "./link.mjs", directory: root };
    const [loaded, refused] = await load(query, { ...query, allow: [join(root, "link.mjs")] });
    expect(loaded?.path).toBe(join(root, "real.mjs"));
    expect(refused?.code).toBe("PLUGIN_NOT_ALLOWED");
  });

  test("a package that a short name of ours hides is named in a warning", async () => {
    const files = { "package.json": pkg("x", { main: "i.js" }), "i.js": `module.exports = ${storeSource("x")};` };
    const both = {
      ...at("node_modules/@cloudmarker/esstore", files),
      ...at("node_modules/cloudmarker-store-esstore", files),
    };
    const directory = makeTree(both);
    const [short, full] = await load({ ref: "esstore", directory }, { ref: "cloudmarker-store-esstore", directory });
    expect(short?.warnings).toEqual([
      'Plugin "esstore" is @cloudmarker/esstore. cloudmarker-store-esstore is installed too; to use that one write "cloudmarker-store-esstore".',
    ]);
    expect(full?.warnings).toEqual([]);
  });
});

describe("PLUGIN_NOT_FOUND", () => {
  const location = { file: "/c/cloudmarker.yaml", line: 4, column: 13 };

  test("says where the reference is, what was tried, from where, and what to run", async () => {
    const root = makeTree({ "package.json": {}, "pnpm-lock.yaml": "", "conf/x": "" });
    const directory = join(root, "conf");
    const [short, full, scoped, ours] = await load(
      { ref: "jira", directory, location },
      { ref: "cloudmarker-store-jira", directory, location },
      { ref: "@acme/jira", directory, location },
      { ref: "esstore", directory, location, bundledFrom: [root] },
    );
    expect(short).toMatchObject({
      code: "PLUGIN_NOT_FOUND",
      message:
        'Plugin "jira" is not installed. The stores of cloudmarker are filestore, esstore, mongodbstore, splunkhecstore; its taps are tap-filter, tap-redact. Perhaps somebody has published another: cloudmarker plugins --search jira',
      details: `Asked for at /c/cloudmarker.yaml:4:13.\nTried cloudmarker-store-jira, cloudmarker-tap-jira from ${directory}.`,
    });
    expect(full?.message).toBe(
      `Plugin "cloudmarker-store-jira" is not installed. Install it in ${root}: pnpm add cloudmarker-store-jira`,
    );
    expect(scoped?.message).toBe(
      `Plugin "@acme/jira" is not installed. Install it in ${root}: pnpm add @acme/cloudmarker-store-jira   or: pnpm add @acme/jira`,
    );
    expect(ours?.message).toBe(
      `Plugin "esstore" is not installed. Install it in ${root}: pnpm add @cloudmarker/esstore`,
    );
  });

  test("suggests a short name of ours or of an installed package, and no package that nobody has named", async () => {
    const root = makeTree({
      "package.json": { dependencies: { "cloudmarker-store-jira": "1", "@cloudmarker/filestore": "1" } },
      "node_modules/cloudmarker-store-jira/package.json": pkg("cloudmarker-store-jira"),
      "node_modules/@cloudmarker/filestore/package.json": pkg("@cloudmarker/filestore"),
    });
    const [ours, installed, known] = await load(
      ...["filestor", "jirra", "@cloudmarker/esstore"].map((ref) => ({ ref, directory: root })),
    );
    expect(known?.message).toBe(
      `Plugin "@cloudmarker/esstore" is not installed. Install it in ${root}: npm install @cloudmarker/esstore`,
    );
    expect(ours?.message).toBe('Plugin "filestor" is not installed. Did you mean "filestore"?');
    expect(ours?.details).not.toContain("npm install");
    expect(installed?.message).toBe('Plugin "jirra" is not installed. Did you mean "jira"?');
  });

  test("looks around: the exact name, a package that is listed but not installed, Plug'n'Play", async () => {
    const root = makeTree({
      "package.json": { dependencies: { "cloudmarker-store-listed": "1" } },
      "node_modules/exact/package.json": pkg("exact"),
      "node_modules/exact/index.js": "",
      "pnp/.pnp.cjs": "",
      "pnp/yarn.lock": "",
    });
    const [exact, listed, pnp] = await load(
      { ref: "exact", directory: root },
      { ref: "listed", directory: root },
      { ref: "cloudmarker-store-zzzzzz", directory: join(root, "pnp") },
    );
    expect(exact?.details).toContain('A package "exact" is installed. If that is the plugin, write "npm:exact".');
    expect(listed?.message).toBe(
      `Plugin "listed" is not installed. cloudmarker-store-listed is in package.json but not in node_modules; run in ${root}: npm install`,
    );
    expect(pnp?.message).toContain("yarn add cloudmarker-store-zzzzzz");
    expect(pnp?.details).toContain("Yarn Plug'n'Play is not supported: set nodeLinker: node-modules");
  });

  test("a path: the file with its extension, a similar name, the entry of a folder", async () => {
    const root = makeTree({ "my-store.ts": "", "lib/index.js": "", "src/deep.mjs": "" });
    const refs = ["./my-store", "./my-store.js", "./my-stroe.ts", "./lib", "./none/x.js", "/nowhere/x.js"];
    const results = await load(...refs.map((ref) => ({ ref, directory: root, location })));
    expect(results.map(({ message }) => message)).toEqual([
      'Plugin "./my-store" is not a file. Did you mean "./my-store.ts"?',
      'Plugin "./my-store.js" is not a file. Did you mean "./my-store.ts"?',
      'Plugin "./my-stroe.ts" is not a file. Did you mean "./my-store.ts"?',
      'Plugin "./lib" is a folder; name a file in it. Did you mean "./lib/index.js"?',
      'Plugin "./none/x.js" is not a file.',
      'Plugin "/nowhere/x.js" is not a file.',
    ]);
    expect(results[4]?.details).toBe(
      `Asked for at /c/cloudmarker.yaml:4:13.\nTried ${join(root, "none/x.js")}.\nCorrect the path: a relative one begins at the folder of the configuration file.`,
    );
    expect(results.every(({ code }) => code === "PLUGIN_NOT_FOUND")).toBe(true);
  });
});

describe("PLUGIN_LOAD_FAILED", () => {
  test("a plugin that throws: the text and the place in its code, the cause kept", async () => {
    const root = makeTree({
      "throws.mjs": `function start() {\n  throw new TypeError("boom");\n}\nstart();`,
      "text.mjs": `throw "only text";`,
    });
    const [thrown, text] = await load({ ref: "./throws.mjs", directory: root }, { ref: "./text.mjs", directory: root });
    expect(thrown).toMatchObject({
      code: "PLUGIN_LOAD_FAILED",
      message: 'Plugin "./throws.mjs" throws when it is imported: boom',
      details: `Imported from ${root}/throws.mjs.\nIt fails at ${root}/throws.mjs:2:9.\nCorrect the code of the plugin, or report it to its author.`,
      hasCause: true,
    });
    expect(text?.message).toBe('Plugin "./text.mjs" throws when it is imported: only text');
  });

  test("a syntax error: its place, in an ES module, in CommonJS, in TypeScript, and in a missing export", async () => {
    const root = makeTree({
      "esm.mjs": `import "node:fs";\nexport default { name: ; };`,
      "common.cjs": `\nmodule.exports = { name: ; };`,
      "typed.ts": `const a: number = 1;\nexport default { name: ; };`,
      "export.mjs": `\nimport { nope } from "node:fs";`,
    });
    const refs = ["./esm.mjs", "./common.cjs", "./typed.ts", "./export.mjs"];
    const results = await load(...refs.map((ref) => ({ ref, directory: root })));
    expect(results.map(({ code }) => code)).toEqual(refs.map(() => "PLUGIN_LOAD_FAILED"));
    expect(results[0]?.message).toBe(`Plugin "./esm.mjs" has a syntax error: Unexpected token ';'`);
    expect(results.map(({ details }) => /It fails at (.*)\.$/m.exec(details ?? "")?.[1])).toEqual([
      `${root}/esm.mjs:2:24`,
      `${root}/common.cjs:2:26`,
      `${root}/typed.ts:2:24`,
      `${root}/export.mjs:2:10`,
    ]);
  });

  test("for TypeScript that Node cannot run, the error says what to write instead; in node_modules, who must act", async () => {
    const root = makeTree({
      "enum.ts": `const a = 1;\nenum Level { Low }\nexport default Level;`,
      "node_modules/cloudmarker-store-raw/package.json": pkg("cloudmarker-store-raw", { exports: "./index.ts" }),
      "node_modules/cloudmarker-store-raw/index.ts": `export default ${storeSource("raw")};`,
    });
    const [strip, raw] = await load({ ref: "./enum.ts", directory: root }, { ref: "raw", directory: root });
    expect(strip?.message).toBe(
      'Plugin "./enum.ts" has TypeScript syntax that Node cannot run: TypeScript enum is not supported in strip-only mode.',
    );
    expect(strip?.details).toBe(
      `Imported from ${root}/enum.ts.\nIt fails at ${root}/enum.ts:2:1.\n` +
        "Node only removes types. Use a const object for an enum, fields for parameter properties, or compile it to .js.",
    );
    expect(raw?.message).toBe('Plugin "raw" is TypeScript inside node_modules, which Node does not run.');
    expect(raw?.details).toBe(
      `Imported from ${root}/node_modules/cloudmarker-store-raw/index.ts (cloudmarker-store-raw@1.2.3).\nIts author has to publish compiled JavaScript.`,
    );
  });

  test("a package that is missing inside a plugin is not a missing plugin", async () => {
    const root = makeTree({
      "package.json": {},
      "esm.mjs": `import "@gone/away/part";`,
      "broken.mjs": `import "./gone.mjs";`,
      "node_modules/cloudmarker-store-x/package.json": pkg("cloudmarker-store-x"),
      "node_modules/cloudmarker-store-x/index.js": `require("gone");`,
    });
    const [esm, cjs, file] = await load(
      { ref: "./esm.mjs", directory: root },
      { ref: "x", directory: root },
      { ref: "./broken.mjs", directory: root },
    );
    expect(esm).toMatchObject({
      code: "PLUGIN_LOAD_FAILED",
      message: 'Plugin "./esm.mjs" needs the package "@gone/away", which is not installed.',
      details: `Imported from ${root}/esm.mjs.\nIt fails at ${root}/esm.mjs.\nInstall it in ${root}: npm install @gone/away`,
    });
    expect(cjs?.message).toBe('Plugin "x" needs the package "gone", which is not installed.');
    expect(cjs?.details).toContain(
      "Try npm install; if that does not help, the author of cloudmarker-store-x has to add gone to its dependencies.",
    );
    expect(file?.message).toBe(`Plugin "./broken.mjs" imports a file that does not exist: ${root}/gone.mjs`);
  });

  test("a package without an entry is installed and broken, not missing", async () => {
    const root = makeTree({
      "node_modules/cloudmarker-store-unbuilt/package.json": pkg("cloudmarker-store-unbuilt", {
        exports: "./dist/index.js",
      }),
      "node_modules/cloudmarker-store-closed/package.json": pkg("cloudmarker-store-closed", {
        exports: { "./x": "./x.js" },
      }),
      "node_modules/cloudmarker-store-nomain/package.json": pkg("cloudmarker-store-nomain"),
      "data.json": "{}",
    });
    const refs = ["unbuilt", "closed", "nomain", "./data.json"];
    const results = await load(...refs.map((ref) => ({ ref, directory: root })));
    expect(results.map(({ code }) => code)).toEqual(refs.map(() => "PLUGIN_LOAD_FAILED"));
    expect(results[0]?.message).toBe('Plugin "unbuilt" is installed but has no entry to import.');
    expect(results[0]?.details).toContain(
      `Found in ${root}/node_modules/cloudmarker-store-unbuilt: Cannot find module`,
    );
    expect(results[3]?.message).toContain('Plugin "./data.json" is not a JavaScript module');
  });
});

test.skipIf(platform() === "win32")(
  "a package.json above a plugin that is not a file is not waited for (L-50)",
  async () => {
    const root = makeTree({
      "work/x.js": `globalThis.ran = true; export default ${storeSource("x")};`,
      "work/y.mjs": `import "some-package"; export default ${storeSource("y")};`,
      "own/package.json": { type: "module" },
      "own/z.js": `export default ${storeSource("z")};`,
      "node_modules/loose.js": `module.exports = ${storeSource("loose")};`,
    });
    execFileSync("mkfifo", [join(root, "package.json")]);
    const location = { file: "c.yaml", line: 3, column: 13 };
    const query = (ref: string, directory: string) => ({ ref, directory: join(root, directory), location });
    const [js, mjs, own, loose] = await load(
      query("./x.js", "work"),
      query("./y.mjs", "work"),
      query("./z.js", "own"),
      query("./loose.js", "node_modules"),
    );
    expect(js).toEqual({
      code: "PLUGIN_LOAD_FAILED",
      message: `Plugin "./x.js" cannot be imported: ${join(root, "package.json")} is not a file, and Node would wait for it.`,
      details: [
        "Asked for at c.yaml:3:13.",
        `Found at ${join(root, "work/x.js")}.`,
        `Remove it, or put a package.json of your own into ${join(root, "work")}.`,
      ].join("\n"),
      hasCause: false,
      ran: false,
    });
    expect(mjs?.code).toBe("PLUGIN_LOAD_FAILED");
    expect([own?.name, loose?.name]).toEqual(["z", "loose"]);
  },
  20_000,
);

describe("PLUGIN_SHAPE_INVALID and PLUGIN_NOT_ALLOWED", () => {
  test("all that is wrong is said at once, with the package and the file", async () => {
    const root = makeTree({
      "node_modules/cloudmarker-store-x/package.json": pkg("cloudmarker-store-x", { type: "module" }),
      "node_modules/cloudmarker-store-x/index.js": `export default { kind: "store", apiVersion: 1, name: "" };`,
      "newer.mjs": `export default ${storeSource("n", "apiVersion: 2")};`,
    });
    const [wrong, newer] = await load({ ref: "x", directory: root }, { ref: "./newer.mjs", directory: root });
    expect(wrong).toMatchObject({
      code: "PLUGIN_SHAPE_INVALID",
      message:
        'Plugin "x" (cloudmarker-store-x@1.2.3): name is "" and must be a text; ' +
        "params is missing and must be an object, the JSON Schema of the params; open is missing and must be a function.",
      details:
        `Imported from ${root}/node_modules/cloudmarker-store-x/index.js.\n` +
        "A plugin exports what defineStore(…) or defineTap(…) returns. Name the right file or package, or report it to the author of the plugin.",
    });
    expect(newer?.message).toBe(
      'Plugin "./newer.mjs": it is written for version 2 of the store contract and this host knows version 1: update cloudmarker (@cloudmarker/core).',
    );
  });

  test("the allow-list takes exact names and scopes, and is checked before any code of the plugin runs", async () => {
    const root = npmProject();
    const directory = root;
    const [name, scope, other, lookalike, path, allowedPath, none] = await load(
      { ref: "esm", directory, allow: ["cloudmarker-store-esm"] },
      { ref: "@acme/dual", directory, allow: ["@acme/*"] },
      { ref: "esm", directory, allow: ["@acme/*", "cloudmarker-store-esm2"] },
      { ref: "@acme/dual", directory, allow: ["@ac/*", "@acme", "*", "@acme/d*"] },
      { ref: "./node_modules/cloudmarker-store-esm/index.mjs", directory, allow: ["cloudmarker-store-esm"] },
      { ref: "./node_modules/jira/index.js", directory, allow: [join(root, "node_modules/jira/index.js")] },
      { ref: "cjs", directory, allow: [] },
    );
    expect([name, scope, allowedPath].map((result) => result?.name)).toEqual(["esm", "dual-esm", "jira"]);
    expect(other).toMatchObject({
      code: "PLUGIN_NOT_ALLOWED",
      message: 'Plugin "esm" is not allowed here: cloudmarker-store-esm is not on the list.',
      details: "The tool that runs this allows only @acme/*, cloudmarker-store-esm2; change the list there.",
    });
    expect(lookalike?.code).toBe("PLUGIN_NOT_ALLOWED");
    expect(path).toMatchObject({ code: "PLUGIN_NOT_ALLOWED", ran: false });
    expect(none?.details).toContain("allows no plugin at all");
  });

  test("a version outside of the range is refused before any code of the plugin runs", async () => {
    const directory = npmProject();
    const [refused, wrong, good] = await load(
      { ref: "esm", directory, versions: { "cloudmarker-store-esm": "^2" } },
      { ref: "esm", directory, versions: { "cloudmarker-store-esm": "two" } },
      { ref: "esm", directory, versions: { "cloudmarker-store-esm": "^1.2.0" } },
    );
    expect(refused).toMatchObject({
      code: "PLUGIN_NOT_ALLOWED",
      message: 'Plugin "esm" is not allowed here: cloudmarker-store-esm@1.2.3 is installed and ^2 is wanted.',
      ran: false,
    });
    expect(wrong?.message).toContain('"two" is not a range of versions');
    expect(good).toMatchObject({ name: "esm", ran: true });
  });
});
