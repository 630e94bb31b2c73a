import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PackageNames } from "./names.ts";

/** What a store writes to; `tap` for a tap. */
export type Kind = "http" | "sql" | "file" | "blank" | "tap";

/** The kinds of stores, each with what it is. */
export const KINDS: Readonly<Record<Exclude<Kind, "tap">, string>> = {
  http: "a server that takes requests, with a small one to test against",
  sql: "a table of a database; SQLite, which needs no server",
  file: "a file on a disk",
  blank: "something else; memory until you put a client in its place",
};

/** What was said on the command line, or in answer to questions. */
export interface Wanted {
  readonly name?: string | undefined;
  readonly kind?: Kind | undefined;
}

/** A package that is to be made. */
export interface NewPackage {
  /** Absolute path; it is not there yet, or empty. */
  readonly folder: string;
  readonly names: PackageNames;
  readonly kind: Kind;
  /** For the licence. */
  readonly year: number;
}

/** What the params of an example configuration are, for each kind. */
const EXAMPLES: Readonly<Record<Kind, string>> = {
  http: ', params: { url: "https://audit.example", token: "${TOKEN}" }',
  sql: ", params: { path: audit.db }",
  file: ", params: { path: audit.ndjson }",
  blank: "",
  tap: "",
};

const ROW =
  "A record has its `id` and its JSON text.\nA record that is sent again replaces the one with the same `id`.";

/** What is kept of a record, and what becomes of one that is sent again, for each kind. */
const KEPT: Readonly<Record<Exclude<Kind, "tap">, string>> = {
  http: ROW,
  sql: ROW,
  file: "A line is the JSON text of one record.\nA record that is sent again is there twice.",
  blank: ROW,
};

/** Files that have another name here: npm would leave them out, or take them for those of this package. */
const NAMES: Readonly<Record<string, string>> = {
  gitignore: ".gitignore",
  github: ".github",
  "mit.txt": "LICENSE",
  "manifest.json": "package.json",
};

/** The table of params of a kind, for its README. */
const PARAMS = "params.md";

const TEMPLATES = fileURLToPath(new URL("../templates", import.meta.url));
const OWN_PACKAGE = fileURLToPath(new URL("../package.json", import.meta.url));

/** Whether a package can be made in a folder: nothing is there that would be overwritten. */
export async function isFree(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length === 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

/**
 * Writes the files of a package.
 * @returns their paths, relative to the folder
 */
export async function makePackage({ folder, names, kind, year }: NewPackage): Promise<readonly string[]> {
  const values: Readonly<Record<string, string>> = {
    package: names.package,
    name: names.plugin,
    key: names.plugin.replaceAll(".", "-"),
    reference: names.reference,
    example: EXAMPLES[kind],
    kept: kind === "tap" ? "" : KEPT[kind],
    year: String(year),
    params: (await readFile(join(TEMPLATES, kind, PARAMS), "utf8")).trim(),
    ...(await ranges()),
  };
  const fill = (text: string): string =>
    text.replaceAll(/\{\{(\w+)\}\}/gu, (whole, key: string) => values[key] ?? whole);
  const made: string[] = [];
  for (const top of ["common", kind === "tap" ? "tap" : "store", ...(kind === "tap" ? [] : [kind])]) {
    for (const path of await filesIn(join(TEMPLATES, top))) {
      if (path === PARAMS) continue;
      const target = path
        .split("/")
        .map((part) => NAMES[part] ?? part)
        .join("/");
      await mkdir(join(folder, dirname(target)), { recursive: true });
      const text = fill(await readFile(join(TEMPLATES, top, path), "utf8"));
      const content = target === "package.json" ? manifest(text, values["kit"], kind) : text;
      await writeFile(join(folder, target), content, { flag: "wx" });
      made.push(target);
    }
  }
  return made.toSorted();
}

/** The paths of all files below a folder, with `/`. */
async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll("\\", "/"),
    );
}

/** A store that sends requests needs a client for them. */
function manifest(text: string, kit: string | undefined, kind: Kind): string {
  const { dependencies, ...rest } = JSON.parse(text) as { dependencies: object };
  const more = kind === "http" && { "@cloudmarker/store-kit": kit, undici: "^7.30.2" };
  return `${JSON.stringify({ ...rest, dependencies: { ...dependencies, ...more } }, undefined, 2)}\n`;
}

/** The versions that a new package asks for: those that this one was made with. */
async function ranges(): Promise<Record<"api" | "kit" | "testkit", string>> {
  const { version, devDependencies } = JSON.parse(await readFile(OWN_PACKAGE, "utf8")) as {
    readonly version: string;
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  // In the workspace it says "workspace:^", which publishing replaces.
  const range = (name: string): string =>
    devDependencies[`@cloudmarker/${name}`]?.replace(/^workspace:\^$/u, `^${version}`) ?? `^${version}`;
  return { api: range("store-api"), kit: range("store-kit"), testkit: range("store-testkit") };
}
