// docs/architecture.md is kept true: what it names exists, every folder is on its map, and the way of a record stays
// short.
import { globSync, readFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const page = read("docs/architecture.md");

/** Stops that a record may have between the command and the receipt. */
const MOST_STOPS = 25;

/** The texts in backticks that are paths. `*` stands for any name. */
function pathsIn(text: string): string[] {
  return Array.from(text.matchAll(/`([^`\s]+)`/g), ([, code = ""]) => code).filter((code) =>
    /^[\w.*-][\w.*/-]*(?:\/|\.(?:ts|js|mjs|md|json|jsonc|yaml))$/.test(code),
  );
}

/** The same from the root of the repository: what is not there is in the folder of the first path of its line. */
function fullPathsIn(line: string): string[] {
  const [first = "", ...others] = pathsIn(line);
  const folder = extname(first) === "" ? first : dirname(first);
  return [first, ...others.map((path) => (exists(path) ? path : join(folder, path)))].filter(Boolean);
}

function exists(path: string): boolean {
  return globSync(path, { cwd: root, exclude: ["**/node_modules/**"] }).length > 0;
}

const stops = Array.from(page.matchAll(/^\| (\d+) \| (.+) \|$/gm), ([, number, rest = ""]) => {
  const [file = "", what = "", change = ""] = rest.split(" | ");
  return { number: Number(number), file: fullPathsIn(file)[0] ?? "", what, change };
});

test("every file and folder that the architecture page names exists", () => {
  const named = page.split("\n").flatMap(fullPathsIn);
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter((path) => !exists(path))).toEqual([]);
});

/** One sentence: it begins with a capital or with code, and has one full stop, at its end. */
function isSentence(text: string): boolean {
  return /^[A-Z`][^.]*(?:\.[^. ][^.]*)*\.$/.test(text);
}

describe("the way of a record", () => {
  test(`has at most ${MOST_STOPS} stops, numbered in their order`, () => {
    expect(stops.map(({ number }) => number)).toEqual(stops.map((_stop, index) => index + 1));
    expect(stops.length).toBeGreaterThan(15);
    expect(stops.length).toBeLessThanOrEqual(MOST_STOPS);
  });

  test("says at each stop the file, what it does in one sentence, and what to change there", () => {
    const unclear = stops.filter(
      ({ file, what, change }) => !/\.[jt]s$/.test(file) || !isSentence(what) || change === "",
    );
    expect(unclear).toEqual([]);
  });

  test("is what the picture shows: each file of it is a stop", () => {
    const [, picture = ""] = /```mermaid\n(.*?)```/s.exec(page) ?? [];
    const shown = Array.from(picture.matchAll(/[\w-]+\.ts/g), ([name]) => name);
    expect(shown.length).toBeGreaterThan(15);
    const known = new Set(stops.map(({ file }) => basename(file)));
    expect(shown.filter((name) => !known.has(name))).toEqual([]);
  });
});

test("the map has every package, every plugin and every folder of core", () => {
  const folders = globSync(["packages/*/", "plugins/*/", "packages/core/src/*/"], { cwd: root });
  const mapped = new Set(
    page
      .split("\n")
      .flatMap(fullPathsIn)
      .map((path) => path.replace(/\/$/, "")),
  );
  expect(folders.length).toBeGreaterThan(15);
  expect(folders.map((path) => path.replace(/\/$/, "")).filter((path) => !mapped.has(path))).toEqual([]);
});

test("a folder of core imports only from folders that are below it on the map", () => {
  const order = Array.from(page.matchAll(/^\| `packages\/core\/src\/(\w+)\/`/gm), ([, folder = ""]) => folder);
  const wrong = globSync("packages/core/src/*/**/*.ts", { cwd: root }).flatMap((file) => {
    const [own = ""] = file.split("/").slice(3);
    const imported = Array.from(read(file).matchAll(/ from "(?:\.\.\/)+(\w+)\//g), ([, folder = ""]) => folder);
    return imported
      .filter((folder) => order.includes(folder) && order.indexOf(folder) < order.indexOf(own))
      .map((folder) => `${file} imports from ${folder}/`);
  });
  expect(order.length).toBeGreaterThan(8);
  expect(wrong).toEqual([]);
});

test("the page and CONTRIBUTING lead to each other, and the README to both", () => {
  expect(page).toContain("(../CONTRIBUTING.md)");
  expect(read("CONTRIBUTING.md")).toContain("(docs/architecture.md)");
  expect(read("README.md")).toContain("(CONTRIBUTING.md)");
  expect(read("README.md")).toContain("(docs/architecture.md)");
});
