// A stranger's store, from nothing to published and used by somebody else, with a registry that has what we publish.
import { cpSync, globSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Registry, startRegistry } from "./registry.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const NAME = "cloudmarker-store-demo";
const LIMIT_MS = 600_000;
const HAS_POSTGRES = globSync("/usr/lib/postgresql/*/bin/initdb").length > 0;

let registry: Registry;
let author = "";
/** Each makes a store's package and runs its tests, beside the others: they wait more than they work. */
let examples: Readonly<Record<string, Promise<string>>> = {};

beforeAll(async () => {
  registry = await startRegistry();
  const packed = registry.folder("packed");
  const filters = ["--filter=./packages/*", "--filter=./plugins/*"];
  const pnpm = join(ROOT, "test", "node_modules", ".bin", "pnpm");
  await registry.run(ROOT, pnpm, "--recursive", ...filters, "pack", `--pack-destination=${packed}`);
  for (const file of readdirSync(packed).filter((name) => name.endsWith(".tgz"))) {
    await registry.run(packed, "npm", "publish", file, "--access", "public", "--silent");
  }
  const names = ["store-s3", ...(HAS_POSTGRES ? ["store-postgres"] : [])];
  examples = Object.fromEntries(names.map((name) => [name, testExample(name)]));
  // Their own tests say what failed.
  for (const example of Object.values(examples)) example.catch(() => undefined);
}, LIMIT_MS);

afterAll(async () => {
  await Promise.allSettled(Object.values(examples));
  await registry?.stop();
}, LIMIT_MS);

/** @returns the folder in which it has passed */
async function testExample(name: string): Promise<string> {
  const folder = join(registry.folder("examples"), name);
  cpSync(join(ROOT, "examples", name), folder, { recursive: true });
  await registry.run(folder, "npm", "install", "--no-audit", "--no-fund");
  await registry.run(folder, "npm", "test");
  return folder;
}

describe("npm create @cloudmarker/store", () => {
  test(
    "makes a store whose tests pass as they are, and which can be published",
    async () => {
      const place = registry.folder("author");
      await registry.run(
        place,
        "npm",
        "create",
        "--yes",
        "@cloudmarker/store",
        "demo",
        "--",
        "--kind",
        "http",
        "--yes",
      );
      author = join(place, NAME);
      await registry.run(author, "npm", "install", "--no-audit", "--no-fund");
      const tested = await registry.run(author, "npm", "test");
      expect(tested).toContain("README.md has the params as they are.");
      expect(JSON.parse(readFileSync(join(author, "conformance.json"), "utf8"))).toMatchObject({ ok: true, failed: 0 });
      expect(await registry.run(author, "npm", "run", "check:package")).toContain("All good!");
      await registry.run(author, "npm", "publish");
    },
    LIMIT_MS,
  );

  test.each([
    ["sql", "cloudmarker-store-other", "--kind", "sql"],
    ["file", "cloudmarker-store-other", "--kind", "file"],
    ["blank", "cloudmarker-store-other", "--kind", "blank"],
    ["tap", "cloudmarker-tap-other", "--tap"],
  ])(
    "makes one of kind %s, whose tests pass as they are",
    async (kind, name, ...options) => {
      const place = join(author, "..", kind);
      mkdirSync(place);
      await registry.run(place, "npm", "create", "@cloudmarker/store", "other", "--", ...options, "--yes");
      // What the first one has installed.
      symlinkSync(join(author, "node_modules"), join(place, "node_modules"));
      const tested = await registry.run(join(place, name), "npm", "test");
      expect(tested).toContain("README.md has the params as they are.");
      expect(tested).toContain("fail 0");
    },
    LIMIT_MS,
  );

  test(
    "a store that swallows errors fails its tests, and is told how to mend it",
    async () => {
      const source = join(author, "src", "index.ts");
      const good = readFileSync(source, "utf8");
      const broken = good.replace(
        "throw networkError(error, peer);",
        "return { status: 200, headers: {}, body: '{\"refused\":[]}', peer, atMs: 0 };",
      );
      expect(broken).not.toBe(good);
      writeFileSync(source, broken);
      const one = ["--test", "--test-name-pattern=cut-acknowledged"];
      const failure = await registry.run(author, "node", ...one).catch((error: unknown) => String(error));
      writeFileSync(source, good);
      expect(failure).toContain("SC-11 cut-acknowledged");
      expect(failure).toContain("Let errors reach the host: throw them, or answer for each record.");
    },
    LIMIT_MS,
  );
});

async function cardOf(plugin: string): Promise<unknown> {
  const folder = (await examples[`store-${plugin}`]) ?? "";
  return JSON.parse(readFileSync(join(folder, "conformance.json"), "utf8"));
}

const MANAGERS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  npm: [["npm", "install", "cloudmarker", NAME]],
  pnpm: [["npx", "-y", "pnpm@12.21.0", "add", "cloudmarker", NAME]],
  yarn: [["npx", "-y", "--package=@yarnpkg/cli-dist@4.18.1", "yarn", "add", "cloudmarker", NAME]],
};

describe("somebody who installs a published store", () => {
  test.each(Object.keys(MANAGERS))(
    "by %s: it is found by its short name, checked, and gets the records",
    async (manager) => {
      const user = registry.folder(`user-${manager}`);
      writeFileSync(join(user, "package.json"), JSON.stringify({ name: "user", private: true }));
      for (const [command = "", ...args] of MANAGERS[manager] ?? []) await registry.run(user, command, ...args);
      const { startServer, TOKEN } = (await import(join(author, "test", "server.ts"))) as {
        startServer(): Promise<{ port: number; rows(table: string): { json: string }[]; stop(): Promise<void> }>;
        TOKEN: string;
      };
      const server = await startServer();
      try {
        const url = `http://127.0.0.1:${server.port}`;
        writeFileSync(
          join(user, "cloudmarker.yaml"),
          `plugins:\n  demo: { plugin: demo, params: { url: "${url}", token: ${TOKEN} } }\naudits:\n  nightly: { stores: [demo] }\nrun: [nightly]\n`,
        );
        writeFileSync(join(user, "findings.json"), '[{"n":1},{"n":14517067005933136034.10}]');
        expect(await registry.run(user, "cloudmarker", "check")).toContain("takes records");
        expect(await registry.run(user, "cloudmarker", "plugins", "demo")).toContain("0 failed, as its package says");
        await registry.run(user, "cloudmarker", "write", "findings.json");
        const raws = server.rows("audit").map(({ json }) => /"raw":(\{[^}]*\})/u.exec(json)?.[1]);
        expect(raws.toSorted()).toEqual(['{"n":14517067005933136034.10}', '{"n":1}']);
      } finally {
        await server.stop();
      }
    },
    LIMIT_MS,
  );
});

describe("a store of the kind that people write", () => {
  test.skipIf(!HAS_POSTGRES)(
    "for PostgreSQL passes every check of the contract on a real server, with what is published",
    async () => expect(await cardOf("postgres")).toMatchObject({ plugin: "postgres", ok: true, failed: 0 }),
    LIMIT_MS,
  );

  test(
    "for S3 passes every check of the contract on a local server, with what is published",
    async () => expect(await cardOf("s3")).toMatchObject({ plugin: "s3", ok: true, failed: 0 }),
    LIMIT_MS,
  );
});
