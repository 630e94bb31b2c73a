import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const PAGES = ["*.md", "docs/*.md", "packages/*/README.md", "plugins/*/README.md", "examples/*/README.md"];

/** A page without its programs and tables of code, which have no links. */
function textOf(page: string): string {
  return readFileSync(join(root, page), "utf8").replaceAll(/^```.*?^```/gms, "");
}

/** The anchors of the headings of a page, as GitHub makes them. */
function anchorsOf(page: string): string[] {
  return Array.from(textOf(page).matchAll(/^#+ (.+)$/gm), ([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Why a link of a page leads nowhere; undefined if it leads somewhere. */
function fault(page: string, link: string): string | undefined {
  const [file = "", anchor] = link.split("#");
  const target = file === "" ? page : normalize(join(dirname(page), file));
  if (!existsSync(join(root, target))) return `${link}: there is no ${target}`;
  if (anchor === undefined || anchorsOf(target).includes(anchor)) return undefined;
  return `${link}: ${target} has no such heading`;
}

describe("the links of the documentation lead somewhere", () => {
  test.each(globSync(PAGES, { cwd: root, exclude: ["**/node_modules/**"] }))("%s", (page) => {
    const links = Array.from(textOf(page).matchAll(/\]\(([^)\s]+)\)/g), ([, link = ""]) => link);
    const own = links.filter((link) => !/^[a-z]+:/i.test(link));
    expect(own.map((link) => fault(page, link)).filter(Boolean)).toEqual([]);
  });
});
