import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { apiReports } from "../../scripts/api-reports.ts";

let root: string;
let bare: string;
let written: string;

beforeAll(() => {
  root = bare = folder();
  file("packages/kit/package.json", {
    name: "@cloudmarker/kit",
    version: "1.0.0",
    exports: {
      ".": { types: "./dist/index.d.ts", default: "./lib/index.js" },
      "./disk/sync": { types: "./dist/inner/sync.d.ts", default: "./lib/sync.js" },
      "./package.json": "./package.json",
    },
  });
  file("packages/kit/dist/index.d.ts", 'export { read, params } from "./inner/read.ts";\n');
  file("packages/kit/dist/inner/read.d.ts", READ);
  file("packages/kit/dist/inner/sync.d.ts", "/** Syncs. */\nexport declare function sync(): void;\n");
  file("packages/own/package.json", { name: "own", private: true, exports: { ".": { types: "./dist/index.d.ts" } } });
  file("plugins/bin/package.json", { name: "bin", version: "1.0.0", bin: "bin.js" });
  written = folder();
  cpSync(bare, written, { recursive: true });
  apiReports(written, true);
});

beforeEach(() => {
  root = folder();
  cpSync(written, root, { recursive: true });
});

afterEach(() => rmSync(root, { recursive: true }));
afterAll(() => [bare, written].forEach((path) => rmSync(path, { recursive: true })));

function folder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), "api-reports-")));
}

/** Writes a file of the tree; all but text as JSON. */
function file(path: string, content: unknown): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), typeof content === "string" ? content : JSON.stringify(content));
}

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

const READ = `/** Where to read. */
interface Place {
    readonly path: string;
    readonly signal?: AbortSignal;
}
/** Reads. */
export declare function read(place: Place): Buffer;
/** Params. */
export declare const params: {
    readonly type: "object";
};
`;

test("each entry of a published package has a report, and a check writes none", () => {
  expect(apiReports(bare, false)).toMatchObject([
    { entry: "@cloudmarker/kit", report: "docs/api/kit.api.md", state: "missing" },
    { entry: "@cloudmarker/kit/disk/sync", report: "docs/api/kit.disk.sync.api.md", state: "missing" },
  ]);
  expect(existsSync(join(bare, "docs"))).toBe(false);
  expect(readdirSync(join(written, "docs/api"))).toEqual(["kit.api.md", "kit.disk.sync.api.md"]);
});

test("a report has what is exported and the types that it names, and no path of the sources or of the machine", () => {
  const report = read("docs/api/kit.api.md");
  expect(report).toContain("export function read(place: Place): Buffer;");
  expect(report).toContain("interface Place {");
  expect(report).toContain('readonly type: "object";');
  expect(report).not.toMatch(/inner|dist|\.ts\b/);
  expect(report).not.toContain(written);
});

test("a file that moves inside a package changes no report", () => {
  file("packages/kit/dist/index.d.ts", 'export { params, read } from "./outer/read.ts";\n');
  file("packages/kit/dist/outer/read.d.ts", READ);
  rmSync(join(root, "packages/kit/dist/inner/read.d.ts"));
  expect(apiReports(root, false).map(({ state }) => state)).toEqual(["same", "same"]);
});

test("a change is reported with the lines that differ, and written on request", () => {
  file("packages/kit/dist/inner/sync.d.ts", "/** Syncs. */\nexport declare function sync(deep: boolean): void;\n");
  const before = read("docs/api/kit.disk.sync.api.md");
  const [same, changed] = apiReports(root, false);
  expect(same).toMatchObject({ state: "same", details: "" });
  expect(changed?.state).toBe("changed");
  expect(changed?.details).toMatch(/^@@/);
  expect(changed?.details).toContain("-export function sync(): void;\n+export function sync(deep: boolean): void;");
  expect(read("docs/api/kit.disk.sync.api.md")).toBe(before);
  expect(apiReports(root, true)[1]).toEqual(changed);
  expect(read("docs/api/kit.disk.sync.api.md")).toBe(before.replace("sync()", "sync(deep: boolean)"));
});

test("a report of an entry that is gone is stale, and goes when reports are written", () => {
  file("docs/api/old.api.md", "");
  file("docs/api/notes.md", "");
  expect(apiReports(root, false).at(-1)).toEqual({ report: "docs/api/old.api.md", state: "stale", details: "" });
  expect(existsSync(join(root, "docs/api/old.api.md"))).toBe(true);
  apiReports(root, true);
  expect(existsSync(join(root, "docs/api/old.api.md"))).toBe(false);
  expect(existsSync(join(root, "docs/api/notes.md"))).toBe(true);
});

test("declarations that are not built, or that cannot be read, fail for their entry alone", () => {
  rmSync(join(root, "packages/kit/dist/index.d.ts"));
  file("packages/kit/dist/inner/sync.d.ts", "export declare const gone: Gone;\n");
  const [unbuilt, unread] = apiReports(root, true);
  expect(unbuilt).toMatchObject({ state: "failed", details: "there is no packages/kit/dist/index.d.ts" });
  expect(unread?.state).toBe("failed");
  expect(unread?.details).toContain('"Gone"');
});
