import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterAll } from "vitest";

import type { PluginQuery } from "../../src/plugins/types.ts";

/** Source of a plugin that has everything; `extra` comes last and wins. */
export function storeSource(name: string, extra = ""): string {
  return `{ kind: "store", name: "${name}", apiVersion: 1, params: { type: "object" }, supports: {}, batch: {}, open() {}, ${extra} }`;
}

/** A new folder with these files (`path: text`, objects as JSON); removed after the tests of the file. */
export function makeTree(files: Record<string, string | object>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "cloudmarker-plugins-")));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  }
  return root;
}

/** A symbolic link, its folder included, as pnpm makes them. */
export function link(path: string, target: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

/** What came of one query: the plugin, or the error that a person gets. */
export interface Loaded {
  readonly name?: string;
  readonly kind?: string;
  readonly packageName?: string;
  readonly version?: string;
  readonly path?: string;
  readonly warnings?: readonly string[];
  readonly code?: string;
  readonly message?: string;
  readonly details?: string;
  readonly hasCause?: boolean;
  /** The plugin's code ran. */
  readonly ran: boolean;
}

// A host may have raised the limit; our own frames are then in every stack.
const SCRIPT = `
Error.stackTraceLimit = 100;
import { loadPlugin } from ${JSON.stringify(new URL("../../src/plugins/load-plugin.ts", import.meta.url).href)};
const results = [];
for (const query of JSON.parse(process.argv[1])) {
  globalThis.ran = false;
  const result = await loadPlugin(query).then(
    ({ plugin: { kind, name }, packageName, version, path, warnings }) =>
      ({ kind, name, packageName, version, path, warnings }),
    ({ code, message, details, cause }) => ({ code, message, details, hasCause: cause !== undefined }),
  );
  results.push({ ...result, ran: globalThis.ran });
}
console.log(JSON.stringify(results));`;

/** Loads plugins in a process of its own, with Node's own loader: the test runner's would compile what Node refuses. */
export async function load(...queries: PluginQuery[]): Promise<Loaded[]> {
  const args = ["--input-type=module", "--eval", SCRIPT, JSON.stringify(queries)];
  const stdout = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, args, (error, out, err) => (error === null ? resolve(out) : reject(new Error(err))));
  });
  return JSON.parse(stdout) as Loaded[];
}
