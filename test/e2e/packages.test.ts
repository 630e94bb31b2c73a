import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { startSplunk } from "../../packages/store-testkit/src/servers/splunk/server.ts";
import { runProgram } from "../support/run-program.ts";

const root = join(import.meta.dirname, "..", "..");
const bin = join(root, "test", "node_modules", ".bin");
const PUBLIC = [
  "cloudmarker",
  "@cloudmarker/core",
  "@cloudmarker/create-store",
  "@cloudmarker/esstore",
  "@cloudmarker/filestore",
  "@cloudmarker/mongodbstore",
  "@cloudmarker/record-bson",
  "@cloudmarker/splunkhecstore",
  "@cloudmarker/store-api",
  "@cloudmarker/store-kit",
  "@cloudmarker/store-testkit",
  "@cloudmarker/tap-filter",
  "@cloudmarker/tap-redact",
];

/** Commands, from which nothing is imported. */
const COMMANDS: ReadonlySet<string> = new Set(["cloudmarker", "@cloudmarker/create-store"]);

let workspace: string;
/** Paths of the tarballs by package name. */
const tarballs: Record<string, string> = {};

beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), "cloudmarker-packages-"));
  const packed = join(workspace, "packed");
  await runProgram(root, join(bin, "pnpm"), [
    "--recursive",
    "--filter=./packages/*",
    "--filter=./plugins/*",
    "pack",
    `--pack-destination=${packed}`,
  ]);
  for (const file of await readdir(packed)) {
    const manifest = await runProgram(packed, "tar", ["-xzOf", file, "package/package.json"]);
    tarballs[JSON.parse(manifest).name] = join(packed, file);
  }
});

/** Packs a package that is not of the workspace. */
async function packAcme(folder: string): Promise<string> {
  await mkdir(folder);
  for (const [name, text] of Object.entries(ACME)) await writeFile(join(folder, name), text);
  await runProgram(folder, "npm", ["pack", "--silent"]);
  return join(folder, "cloudmarker-store-acme-1.0.0.tgz");
}

afterAll(() => rm(workspace, { recursive: true, force: true }));

test("the public packages are those we know of", () => {
  expect(Object.keys(tarballs).toSorted()).toEqual(PUBLIC.toSorted());
});

describe.each(PUBLIC)("the tarball of %s", (name) => {
  test("has a licence, no tests, no build leftovers and no path of the workspace in its dependencies", async () => {
    const files = (await runProgram(root, "tar", ["-tzf", tarball(name)])).trim().split("\n");
    expect(files).toContain("package/LICENSE");
    // The packages that create-store makes have tests.
    const own = files.filter((file) => !file.startsWith("package/templates/"));
    expect(own.filter((file) => /\/test\/|\.tsbuildinfo$|\.test\./.test(file))).toEqual([]);
    const manifest = await runProgram(root, "tar", ["-xzOf", tarball(name), "package/package.json"]);
    expect(manifest).not.toContain("workspace:");
    // Its links are followed by test/scripts/links.test.ts.
    const { directory } = JSON.parse(manifest).repository;
    const page = await runProgram(root, "tar", ["-xzOf", tarball(name), "package/README.md"]);
    expect(page).toBe(await readFile(join(root, directory, "README.md"), "utf8"));
  });

  test("satisfies publint", async () => {
    const content = await readFile(tarball(name));
    const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(content).buffer }, strict: true });
    // The code of threads is neither: it runs as an ES module and as CommonJS, wherever a bundled program has it copied
    // to.
    const others = messages.filter(
      ({ code, path }) => code !== "FILE_INVALID_FORMAT" || path.join("/") !== "exports/./worker/default",
    );
    expect(others.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  if (COMMANDS.has(name)) return;
  test("has types that fit its exports (attw)", async () => {
    const args = ["--profile", "esm-only", "--no-definitely-typed", "--format", "ascii", tarball(name)];
    expect(await runProgram(root, join(bin, "attw"), args)).toContain("node16 (from ESM): 🟢 (ESM)");
  });
});

describe.each(["npm", "pnpm"])("an empty project that installs the tarballs with %s", (manager) => {
  let project: string;

  beforeAll(async () => {
    project = join(workspace, manager);
    await mkdir(project);
    const specs: Record<string, string> = { "cloudmarker-store-acme": `file:${await packAcme(join(project, "acme"))}` };
    for (const name of PUBLIC) specs[name] = `file:${tarball(name)}`;
    await writeFile(
      join(project, "package.json"),
      JSON.stringify({ name: "consumer", private: true, type: "module", dependencies: specs }),
    );
    if (manager === "pnpm") {
      // The packages depend on each other by version, which only a registry could resolve.
      await writeFile(join(project, "pnpm-workspace.yaml"), stringify({ packages: [], overrides: specs }));
      await runProgram(project, join(bin, "pnpm"), ["install", "--prefer-offline"]);
    } else {
      await runProgram(project, "npm", ["install", "--prefer-offline", "--no-audit", "--no-fund"]);
    }
    // A registry may take its time.
  }, 300_000);

  test("imports every export of every package", async () => {
    const program = PUBLIC.map(
      (name) => `
        for (const path of Object.keys((await import("${name}/package.json", { with: { type: "json" } })).default.exports))
          if (!path.endsWith(".json")) await import("${name}" + path.slice(1));`,
    );
    await writeFile(join(project, "imports.mjs"), `${program.join("")}\nconsole.log("imported");`);
    expect(await runProgram(project, process.execPath, ["imports.mjs"])).toBe("imported\n");
  });

  test("runs the command", async () => {
    const { version } = JSON.parse(await readFile(join(root, "packages", "cli", "package.json"), "utf8"));
    expect(await runProgram(project, "npx", ["--no-install", "cloudmarker", "--version"])).toContain(version);
  });

  test("compiles the README's program and store under strict, as a stranger types them", async () => {
    await writeFile(join(project, "embed.ts"), await readmeExample("Embed it"));
    await writeFile(join(project, "my-store.ts"), await readmeExample("Write a store"));
    await writeFile(join(project, "tsconfig.json"), JSON.stringify(TSCONFIG));
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    expect(await runProgram(project, process.execPath, [tsc, "-p", project])).toBe("");
  });

  test("runs the README's program, and the records are where it says", async () => {
    const printed = await runProgram(project, process.execPath, ["embed.ts"]);
    expect(printed).toBe(`archive: 2 of 2 records in ${join(project, "audit-records")}\n`);
    const lines = (await readFile(join(project, "audit-records", "bucket-audit.ndjson"), "utf8")).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).raw.bucket)).toEqual(["logs", "website"]);
  });

  test("runs the README's store from its TypeScript file, and the records arrive", async () => {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => (body += text));
      request.on("end", () => {
        bodies.push(body);
        response.end();
      });
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await writeFile(join(project, "findings.json"), '[{"n":1},{"n":18446744073709551616}]');
    const args = [
      "--no-install",
      "cloudmarker",
      "write",
      "findings.json",
      "--store",
      "./my-store.ts",
      "--param",
      `url=${url}`,
    ];
    expect(await runProgram(project, "npx", args)).toContain("2 records");
    server.close();
    expect(bodies.map((body) => body.slice(0, 33).split(",")[0])).toEqual([
      '{"raw":{"n":1}',
      '{"raw":{"n":18446744073709551616}',
    ]);
  });

  test("checks and uses the README's configuration", async () => {
    await using splunk = await startSplunk({ tokens: { "the-token": {} } });
    vi.stubEnv("SPLUNK_TOKEN", "the-token");
    const example = await readmeExample("Configure it", "yaml");
    await writeFile(join(project, "cloudmarker.yaml"), example.replace("https://splunk.example:8088", splunk.url));
    await writeFile(join(project, "findings.json"), '[{"n":1}]');
    const cloudmarker = (...args: string[]) => runProgram(project, "npx", ["--no-install", "cloudmarker", ...args]);
    const folder = join(project, "audit-records");
    expect(await cloudmarker("check")).toContain(`ok      nightly/archive (filestore)  ${folder} can be written to`);
    expect(await cloudmarker("write", "findings.json")).toContain(`archive: the records are in ${folder}`);
    expect(await readdir(folder)).toContain("findings.ndjson.gz");
    expect(splunk.indexed).toBe(1);
  });

  test("finds a third-party store by its short name, validates its params, and it receives write and done", async () => {
    await writeFile(
      join(project, "cloudmarker.yaml"),
      "plugins:\n  mine:\n    plugin: acme\n    params: { file: acme.txt }\naudits:\n  a: { stores: [mine] }\n",
    );
    await writeFile(join(project, "findings.json"), '[{"n":1},{"n":2}]');
    const cloudmarker = (...args: string[]) => runProgram(project, "npx", ["--no-install", "cloudmarker", ...args]);
    expect(await cloudmarker("write", "findings.json")).toContain("2 records");
    expect(await readFile(join(project, "acme.txt"), "utf8")).toBe('{"n":1}\n{"n":2}\ndone\n');
    expect(await cloudmarker("plugins", "-c", "cloudmarker.yaml")).toContain("cloudmarker-store-acme");
    await writeFile(
      join(project, "wrong.yaml"),
      "plugins:\n  mine:\n    plugin: acme\n    params: { fil: acme.txt }\naudits:\n  a: { stores: [mine] }\n",
    );
    const wrong = await cloudmarker("check", "-c", "wrong.yaml").catch((error: Error) => error.message);
    expect(wrong).toContain('wrong.yaml:4:15  params has an unknown key "fil". Did you mean "file"?');
    expect(wrong).toContain("failed (78)");
  });
});

/** A package that somebody else published. */
const ACME = {
  "package.json": JSON.stringify({
    name: "cloudmarker-store-acme",
    version: "1.0.0",
    type: "module",
    exports: "./index.js",
    dependencies: { "@cloudmarker/store-api": "*" },
  }),
  "index.js": `
    import { appendFileSync } from "node:fs";
    import { defineStore } from "@cloudmarker/store-api";
    export default defineStore({
      name: "acme",
      apiVersion: 1,
      params: { type: "object", properties: { file: { type: "string" } }, required: ["file"] },
      open({ file }, { resolvePath }) {
        const path = resolvePath("file", file);
        return {
          write(batch) { for (const { value } of batch) appendFileSync(path, JSON.stringify(value.raw) + "\\n"); },
          done() { appendFileSync(path, "done\\n"); },
        };
      },
    });`,
};

/** The TypeScript example below a heading of the README. */
async function readmeExample(heading: string, language = "ts"): Promise<string> {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const example = readme.split(`## ${heading}\n`)[1]?.split(`\`\`\`${language}\n`)[1]?.split("```")[0];
  if (example === undefined) throw new Error(`the README has no example under "${heading}"`);
  return example;
}

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
  files: ["embed.ts", "my-store.ts"],
};

function tarball(name: string): string {
  const path = tarballs[name];
  if (path === undefined) throw new Error(`${name} was not packed`);
  return path;
}
