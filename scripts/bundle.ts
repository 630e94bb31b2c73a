// Joins the modules that tsc made of each package into one file (and one more for each lazy import): loading eighty
// small files takes the command longer than writing a thousand records. Packages stay separate, and so do their
// dependencies; what a package imports of its devDependencies is joined with it, and its licence is put beside.
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { basename, dirname, join } from "node:path";
import { type Plugin, rolldown } from "rolldown";

const root = join(import.meta.dirname, "..");

/**
 * tsc wraps what is imported by a name that is known only later, in case it is a relative one of TypeScript. Ours are
 * URLs, and the minifier of webpack (terser) makes wrong code of the wrapper.
 */
const plainImports: Plugin = {
  name: "plain-imports",
  transform: (code) => code.replaceAll(/\bimport\(__rewriteRelativeImportExtension\(([^()]*)\)\)/g, "import($1)"),
};

/**
 * An `import` of a module of Node loads it, and runs every getter of it, which loads what lies behind: streams, Web
 * Crypto. Here only the names are taken, and what is imported as a whole is loaded when it is used.
 */
const builtinsByName: Plugin = {
  name: "builtins-by-name",
  transform(code, id) {
    // What is rolldown's own is left out where nothing needs it.
    if (id.startsWith("\0")) return null;
    return code.replaceAll(
      /^import (?:(\w+)(?:, )?)?(?:\{([^}]*)\})? from ["']node:([a-z\d/_]+)["'];?$/gm,
      (_, whole: string | undefined, names: string | undefined, module: string) => {
        const from =
          module === "process" ? "globalThis.process" : `globalThis.process.getBuiltinModule("node:${module}")`;
        const handlers = `{ get: (_, key) => ${from}[key], apply: (_, self, args) => ${from}(...args) }`;
        const lazily = module === "process" ? from : `/* @__PURE__ */ new Proxy(() => {}, ${handlers})`;
        return [whole && `const ${whole} = ${lazily};`, names && `const {${names.replaceAll(" as ", ": ")}} = ${from};`]
          .filter((line) => line !== undefined)
          .join(" ");
      },
    );
  },
};

/**
 * What is joined of other people's packages asks for modules of Node by `require`, for which a module of ours would
 * have to know where it is: whoever bundles it again as CommonJS takes that away.
 */
const builtinsOfJoined: Plugin = {
  name: "builtins-of-joined",
  resolveId(id, _, { kind }) {
    if (!isBuiltin(id)) return null;
    const name = id.startsWith("node:") ? id : `node:${id}`;
    return kind === "require-call" ? `\0${name}` : { id: name, external: true };
  },
  load: builtinAt,
};

const builtinsAtRuntime: Plugin = {
  name: "builtins-at-runtime",
  resolveId: (id) => (id.startsWith("node:") ? `\0${id}` : null),
  load: builtinAt,
};

/**
 * Parts of cosmiconfig that its `Explorer` requires and does not need for what we ask of it: loaders that run programs,
 * folders of the system.
 */
const UNUSED = new Set(["defaults.js", "env-paths"]);

/** Joins cosmiconfig's `Explorer` without these: what is not there takes no time and runs nothing. */
const ownCosmiconfig: Plugin = {
  name: "own-cosmiconfig",
  resolveId(id, importer = "") {
    if (!importer.includes(join("node_modules", "cosmiconfig", "/"))) return null;
    return UNUSED.has(id.startsWith(".") ? `${basename(id, ".js")}.js` : id) ? "\0unused" : null;
  },
  load: (id) => (id === "\0unused" ? { code: "", moduleType: "js" } : null),
};

/**
 * The parts of undici that the stores use; its index has `fetch`, WebSocket, caches and mocks as well, which cannot be
 * told apart.
 */
const partsOfUndici: Plugin = {
  name: "parts-of-undici",
  resolveId(id, importer) {
    if (!/^undici(?:\/index\.js)?$/.test(id)) return null;
    return `${createRequire(importer as string).resolve("undici/index.js")}?parts`;
  },
  load(id) {
    // None of our connections speaks HTTP/2.
    if (id.endsWith("/undici/lib/dispatcher/client-h2.js"))
      return {
        code: `module.exports = (...args) => require(${JSON.stringify(`${id}?when-used`)})(...args);`,
        moduleType: "js",
      };
    if (id.endsWith("?when-used")) return { code: readFileSync(id.replace(/\?.*/, ""), "utf8"), moduleType: "js" };
    if (!id.endsWith("?parts")) return null;
    const code = `
      const Dispatcher = require("./lib/dispatcher/dispatcher.js");
      Object.assign(Dispatcher.prototype, require("./lib/api/index.js"));
      exports.Agent = require("./lib/dispatcher/agent.js");
      exports.Pool = require("./lib/dispatcher/pool.js");
      exports.ProxyAgent = require("./lib/dispatcher/proxy-agent.js");
      exports.buildConnector = require("./lib/core/connect.js");`;
    return { code, moduleType: "js" };
  },
};

/**
 * V8 keeps a text as UTF-16 if one character of it is beyond Latin-1: it is twice as large, and slower to read and to
 * compile.
 */
const onlyAscii: Plugin = {
  name: "only-ascii",
  generateBundle(_, files) {
    for (const file of Object.values(files)) if (file.type === "chunk") file.code = inAscii(file.code, file.fileName);
  },
};

function inAscii(code: string, name: string): string {
  return code.replaceAll(/(\\*)([^\0-\x7f])/g, (found, before: string, char: string) => {
    if (before.length % 2 > 0) throw new Error(`${name}: leave the backslash before ${char} out: ${found}`);
    return `${before}\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Of tapable, what is joined: fourteen small files, of which half are used. */
const hooksOfTapable: Plugin = {
  name: "hooks-of-tapable",
  resolveId(id, importer) {
    if (id !== "tapable") return null;
    return `${createRequire(importer as string).resolve("tapable")}?hooks`;
  },
  load(id) {
    if (!id.endsWith("?hooks")) return null;
    const folder = dirname(id);
    const hooks = ["AsyncSeriesBail", "AsyncSeries", "AsyncSeriesWaterfall", "SyncBail", "Sync", "SyncWaterfall"];
    const lines = hooks.map(
      (name) => `exports.${name}Hook = require(${JSON.stringify(join(folder, `${name}Hook.js`))});`,
    );
    return { code: lines.join("\n"), moduleType: "js" };
  },
};

/** The resolver of packages takes one function of Node's `assert`, which has comparisons and colours behind it. */
const smallAssert: Plugin = {
  name: "small-assert",
  transform(code, id) {
    if (!id.includes("/import-meta-resolve/")) return null;
    const own = `const assert = { ok(value, message) { if (!value) throw new Error(message ?? "assertion failed"); } };`;
    return code.replace(/^import assert from ["']node:assert["'];?$/m, own);
  },
};

/** Of the parser of YAML, its build of ES modules: of CommonJS nothing can be left out. */
const modulesOfYaml: Plugin = {
  name: "modules-of-yaml",
  resolveId: (id, importer) =>
    id === "yaml"
      ? join(dirname(createRequire(importer as string).resolve("yaml/package.json")), "browser/dist/index.js")
      : null,
};

/**
 * What is joined although it is installed too, for its types: the hooks are part of what core exports. Of the kit each
 * takes a few functions, and loading its files takes longer than running them.
 */
const JOINED = new Set(["tapable", "@cloudmarker/store-kit"]);

/** The kit is bundled after some of what takes from it. */
const builtKit: Plugin = {
  name: "built-kit",
  resolveId(id) {
    if (!id.startsWith("@cloudmarker/store-kit")) return null;
    const folder = join(root, "packages/store-kit");
    const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      exports: Record<string, { types: string }>;
    };
    const types = exports[id.replace("@cloudmarker/store-kit", ".")]?.types;
    return types === undefined ? null : join(folder, types.replace(/\.d\.ts$/, ".js"));
  },
};

/**
 * What core and the command always load stays one file each, also what is shared with a part that is loaded when it is
 * needed. The version has a file of its own, since `--version` loads nothing else; the commands that people type share
 * one, so that `write` does not load them.
 */
const loadedTogether = {
  groups: [
    { name: "core", test: /\/core\/dist\/index\.js$/ },
    { name: "version", test: /\/dist\/version\.js$/, priority: 3 },
    { name: "command", test: /\/dist\/command\.js$/, priority: 2 },
    { name: "commands", test: /\/cli\/dist\/commands\/(?!init|help|completion)/, priority: 1 },
  ],
};

/**
 * Where a file exports more than what was asked of it, rolldown puts another one before it that only passes on what was
 * asked: one file more at each start.
 */
const withoutFacades: Plugin = {
  name: "without-facades",
  generateBundle(_, files) {
    const chunks = Object.values(files).filter((file) => file.type === "chunk");
    for (const facade of chunks) {
      const [, name = ""] = /^export \{[^}]*\} from "\.\/([^"]+)";\s*$/.exec(facade.code) ?? [];
      const behind = chunks.find(({ fileName }) => fileName === name);
      if (!behind) continue;
      // The name of an entry is known outside.
      const [kept, gone] = facade.isEntry ? [facade, behind] : [behind, facade];
      kept.code = behind.code;
      delete files[gone.fileName];
      for (const chunk of chunks) chunk.code = chunk.code.replaceAll(`"./${gone.fileName}"`, `"./${kept.fileName}"`);
    }
  },
};

const folders = globSync(["packages/*", "plugins/*"], { cwd: root }).toSorted();
for (const folder of folders) removeOrphans(join(root, folder));

for (const folder of folders) {
  const input = entriesOf(folder);
  const treeshake = { moduleSideEffects: false };
  const modules: string[] = [];
  const plugins = [
    {
      name: "modules",
      renderChunk: (_: string, chunk: { moduleIds: string[] }) => void modules.push(...chunk.moduleIds),
    },
    plainImports,
    smallAssert,
    builtinsByName,
    builtKit,
    ownCosmiconfig,
    modulesOfYaml,
    builtinsOfJoined,
    partsOfUndici,
    hooksOfTapable,
    withoutFacades,
    onlyAscii,
  ];
  const build = await rolldown({
    input,
    external: isInstalledWith(folder),
    platform: "node",
    // Of CommonJS nothing can be left out.
    resolve: { mainFields: ["module", "main"] },
    treeshake,
    plugins,
  });
  const dir = join(root, folder, "lib");
  rmSync(dir, { recursive: true, force: true });
  await build.write({
    dir,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    codeSplitting: loadedTogether,
    // What a file behind a facade exports has the names that are asked of it.
    minifyInternalExports: false,
    // What a comment explains is in `src`, which is published too.
    comments: { jsdoc: false, annotation: true, legal: true },
  });
  writeLicences(dir, modules);
  await build.close();
}
// After all packages: what such a file takes from another one is joined there by now.
for (const folder of folders) {
  const worker = join(root, folder, "dist", "isolation", "worker.js");
  if (existsSync(worker)) await bundleAlone(worker, join(root, folder, "lib", "worker.js"));
}

/** Removes what tsc made of a source that is gone, which tsc leaves where it is: it would be published. */
function removeOrphans(folder: string): void {
  for (const file of globSync("dist/**/*.{js,d.ts}{,.map}", { cwd: folder })) {
    const source = file.replace(/^dist/, "src").replace(/\.(?:js|d\.ts)(?:\.map)?$/, ".ts");
    if (!existsSync(join(folder, source))) rmSync(join(folder, file));
  }
}

function builtinAt(id: string): { code: string; moduleType: "js" } | null {
  if (!id.startsWith("\0node:")) return null;
  return { code: `module.exports = process.getBuiltinModule(${JSON.stringify(id.slice(1))});`, moduleType: "js" };
}

/**
 * The modules that are imported from outside, by the name of the file they become: what the package exports, and the
 * program of the command.
 */
function entriesOf(folder: string): Record<string, string> {
  const { exports } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as {
    exports: Record<string, { types: string; default: string } | string>;
  };
  const modules = Object.values(exports).flatMap((entry) => {
    if (typeof entry === "string") return [];
    return [[basename(entry.default, ".js"), join(root, folder, entry.types.replace(/\.d\.ts$/, ".js"))] as const];
  });
  const main = join(root, folder, "dist", "main.js");
  // What runs in a thread is made below.
  const entries = Object.fromEntries(modules.filter(([name]) => name !== "worker"));
  return { ...entries, ...(existsSync(main) && { main }) };
}

/** @returns whether an import is one of what is installed with the package, or of Node */
function isInstalledWith(folder: string): (id: string) => boolean {
  const { dependencies = {}, peerDependencies = {} } = JSON.parse(
    readFileSync(join(root, folder, "package.json"), "utf8"),
  ) as Record<string, object | undefined>;
  const names = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !JOINED.has(name));
  return (id) => names.some((name) => id === name || id.startsWith(`${name}/`));
}

/** Puts the licences of the packages that were joined beside them. */
function writeLicences(dir: string, modules: readonly string[]): void {
  const found = new Map<string, string>();
  for (const id of modules) {
    const packageFolder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id.replace(/^\0/, ""))?.[0];
    if (packageFolder === undefined || found.has(packageFolder)) continue;
    const { name, version } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as Record<
      string,
      string
    >;
    const files = ["LICEN[SC]E*", "NOTICE*"].flatMap((pattern) => {
      return globSync([pattern, pattern.toLowerCase()], { cwd: packageFolder }).slice(0, 1);
    });
    if (files.length === 0) throw new Error(`${name} has no licence to be put beside it`);
    const texts = files.map((file) => readFileSync(join(packageFolder, file), "utf8").trim());
    found.set(packageFolder, `${name} ${version}\n\n${texts.join("\n\n")}\n`);
  }
  if (found.size > 0)
    writeFileSync(join(dir, "LICENCES.txt"), [...found.values()].toSorted().join(`\n${"-".repeat(80)}\n\n`));
}

/**
 * Makes a file that runs wherever it is copied to, as people do who bundle their program: it has all of its
 * dependencies in it, and neither `import` nor `require`, so that it runs as an ES module and as CommonJS.
 */
async function bundleAlone(input: string, file: string): Promise<void> {
  const moduleSideEffects = (id: string) => id === input;
  const plugins = [builtinsAtRuntime, plainImports, onlyAscii];
  const build = await rolldown({
    input,
    platform: "node",
    treeshake: { moduleSideEffects },
    plugins,
    // An import that cannot be resolved would be left for whoever runs the file.
    onwarn: (warning) => {
      throw new Error(`${input}: ${warning.message}`);
    },
  });
  await build.write({ file, format: "iife" });
  await build.close();
}
