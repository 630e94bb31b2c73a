import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";

const root = join(import.meta.dirname, "..", "..");
const bin = join(root, "test", "node_modules", ".bin");
const PUBLIC = ["cloudmarker", "@cloudmarker/core", "@cloudmarker/filestore", "@cloudmarker/store-api"];

let workspace: string;
/** Paths of the tarballs by package name. */
const tarballs: Record<string, string> = {};

beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), "cloudmarker-packages-"));
  const packed = join(workspace, "packed");
  await run(root, join(bin, "pnpm"), [
    "--recursive",
    "--filter=./packages/*",
    "--filter=./plugins/*",
    "pack",
    `--pack-destination=${packed}`,
  ]);
  for (const file of await readdir(packed)) {
    const manifest = await run(packed, "tar", ["-xzOf", file, "package/package.json"]);
    tarballs[JSON.parse(manifest).name] = join(packed, file);
  }
});

afterAll(() => rm(workspace, { recursive: true, force: true }));

test("the public packages are those we know of", () => {
  expect(Object.keys(tarballs).toSorted()).toEqual(PUBLIC.toSorted());
});

describe.each(PUBLIC)("the tarball of %s", (name) => {
  test("has a licence, no tests, no build leftovers and no path of the workspace in its dependencies", async () => {
    const files = (await run(root, "tar", ["-tzf", tarball(name)])).trim().split("\n");
    expect(files).toContain("package/LICENSE");
    expect(files.filter((file) => /\/test\/|\.tsbuildinfo$|\.test\./.test(file))).toEqual([]);
    const manifest = await run(root, "tar", ["-xzOf", tarball(name), "package/package.json"]);
    expect(manifest).not.toContain("workspace:");
  });

  test("satisfies publint", async () => {
    const content = await readFile(tarball(name));
    const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(content).buffer }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  test("has types that fit its exports (attw)", async () => {
    const args = ["--profile", "esm-only", "--no-definitely-typed", "--format", "ascii", tarball(name)];
    expect(await run(root, join(bin, "attw"), args)).toContain("node16 (from ESM): 🟢 (ESM)");
  });
});

describe.each(["npm", "pnpm"])("an empty project that installs the tarballs with %s", (manager) => {
  let project: string;

  beforeAll(async () => {
    project = join(workspace, manager);
    await mkdir(project);
    const specs = Object.fromEntries(PUBLIC.map((name) => [name, `file:${tarball(name)}`]));
    await writeFile(
      join(project, "package.json"),
      JSON.stringify({ name: "consumer", private: true, type: "module", dependencies: specs }),
    );
    if (manager === "pnpm") {
      // The packages depend on each other by version, which only a registry could resolve.
      await writeFile(join(project, "pnpm-workspace.yaml"), stringify({ packages: [], overrides: specs }));
      await run(project, join(bin, "pnpm"), ["install", "--prefer-offline"]);
    } else {
      await run(project, "npm", ["install", "--prefer-offline", "--no-audit", "--no-fund"]);
    }
  });

  test("imports every export of every package", async () => {
    const program = PUBLIC.map(
      (name) => `
        for (const path of Object.keys((await import("${name}/package.json", { with: { type: "json" } })).default.exports))
          if (!path.endsWith(".json")) await import("${name}" + path.slice(1));`,
    );
    await writeFile(join(project, "imports.mjs"), `${program.join("")}\nconsole.log("imported");`);
    expect(await run(project, process.execPath, ["imports.mjs"])).toBe("imported\n");
  });

  test("runs the command", async () => {
    const { version } = JSON.parse(await readFile(join(root, "packages", "cli", "package.json"), "utf8"));
    expect(await run(project, "npx", ["--no-install", "cloudmarker", "--version"])).toContain(version);
  });

  test("compiles a strict TypeScript program that embeds the host and defines a store", async () => {
    await writeFile(join(project, "consumer.ts"), CONSUMER);
    await writeFile(join(project, "tsconfig.json"), JSON.stringify(TSCONFIG));
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    expect(await run(project, process.execPath, [tsc, "-p", project])).toBe("");
  });

  test("runs that program, and the records are in the file and in the store", async () => {
    const printed = await run(project, process.execPath, ["consumer.ts"]);
    expect(JSON.parse(printed)).toEqual({ ok: true, kept: ["one", "two"], balance: [2, 2] });
    const file = JSON.parse(await readFile(join(project, "out", "no_worker.json"), "utf8"));
    expect(file.map((record: { raw: unknown }) => record.raw)).toEqual([{ name: "one" }, { name: "two" }]);
  });
});

const CONSUMER = `
import { createHost } from "@cloudmarker/core";
import filestore from "@cloudmarker/filestore";
import { API_VERSION, defineStore } from "@cloudmarker/store-api";

const kept: string[] = [];
const memory = defineStore({
  name: "memory",
  apiVersion: API_VERSION,
  params: { type: "object", properties: { key: { type: "string", default: "name" } } },
  open(params) {
    const key: string = params.key;
    return {
      write(batch) {
        for (const record of batch) kept.push(String((record.value.raw as Record<string, unknown>)[key]));
      },
    };
  },
});

const host = createHost({ stores: { memory, files: { plugin: filestore, params: { path: "out" } } } });
await host.open();
await host.write([{ name: "one" }, { name: "two" }]);
const receipt = await host.done();
console.log(JSON.stringify({ ok: receipt.ok, kept, balance: receipt.stores.map((store) => store.written) }));
`;

// \`skipLibCheck\` off: the declarations that we publish are checked too. Node's types are the workspace's.
const TSCONFIG = {
  compilerOptions: {
    target: "ES2024",
    lib: ["ES2024", "ESNext.Disposable"],
    module: "NodeNext",
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
    types: ["node"],
    typeRoots: [join(root, "node_modules", "@types")],
  },
  files: ["consumer.ts"],
};

function tarball(name: string): string {
  const path = tarballs[name];
  if (path === undefined) throw new Error(`${name} was not packed`);
  return path;
}

/** Runs a program on the Node of this test and returns what it printed; an error carries all of its output. */
function run(cwd: string, command: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, CI: "true", PATH: `${dirname(process.execPath)}:${process.env["PATH"]}` };
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command} ${args.join(" ")} failed:\n${stdout}\n${stderr}`));
      else resolve(stdout);
    });
  });
}
