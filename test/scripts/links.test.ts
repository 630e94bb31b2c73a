import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const PAGES = ["*.md", "docs/**/*.md", "packages/*/README.md", "plugins/*/README.md", "examples/*/README.md"];

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

interface Manifest {
  readonly private?: boolean;
  readonly homepage?: string;
  readonly bugs?: string;
  readonly repository?: { readonly url: string; readonly directory?: string };
  readonly publishConfig?: { readonly access: string };
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest;

/** Where the repository is, as every package says. */
const { repository } = manifestOf(".");
const ADDRESS = repository?.url.replace(/^git[+]/, "").replace(/[.]git$/, "") ?? "";

/** The place in the repository that a link leads to, with its anchor; undefined if it leads elsewhere. */
function placeOf(page: string, link: string): string | undefined {
  if (link.startsWith("#")) return page + link;
  const [, kind, place = ""] = new RegExp(`^${ADDRESS}/(blob|tree)/main/(.+)$`).exec(link) ?? [];
  if (kind !== undefined) return place;
  return /^[a-z]+:/i.test(link) ? undefined : normalize(join(dirname(page), link));
}

/** Why a link of a page leads nowhere; undefined if it leads somewhere, or out of the repository. */
function fault(page: string, link: string): string | undefined {
  const [target, anchor] = placeOf(page, link)?.split("#") ?? [];
  if (target === undefined) return undefined;
  if (!existsSync(join(root, target))) return `${link}: there is no ${target}`;
  // GitHub shows a file under `blob`, and a folder, with its README, under `tree`.
  const isFolder = statSync(join(root, target)).isDirectory();
  if (link.startsWith(`${ADDRESS}/${isFolder ? "blob" : "tree"}/`)) return `${link}: this address is of the other kind`;
  const text = isFolder ? join(target, "README.md") : target;
  if (anchor === undefined || anchor === "readme" || anchorsOf(text).includes(anchor)) return undefined;
  return `${link}: ${text} has no such heading`;
}

const linksOf = (page: string): string[] =>
  Array.from(textOf(page).matchAll(/\]\(([^)\s]+)\)/g), ([, link = ""]) => link);

describe("the links of the documentation lead somewhere", () => {
  test.each(globSync(PAGES, { cwd: root, exclude: ["**/node_modules/**"] }))("%s", (page) => {
    expect(
      linksOf(page)
        .map((link) => fault(page, link))
        .filter(Boolean),
    ).toEqual([]);
  });
});

describe("a package that is published has a page whose links work wherever it is read", () => {
  const folders = globSync(["packages/*/package.json", "plugins/*/package.json"], { cwd: root }).map(dirname);

  test.each(folders.filter((folder) => manifestOf(folder).private !== true))("%s", (folder) => {
    const { homepage = "", bugs, repository: own, publishConfig } = manifestOf(folder);
    expect({ own, bugs, publishConfig }).toEqual({
      own: { ...repository, directory: folder },
      bugs: `${ADDRESS}/issues`,
      publishConfig: { access: "public" },
    });
    // Every package manager packs the README, whatever `files` says.
    const page = join(folder, "README.md");
    expect([homepage, ...linksOf(page)].map((link) => fault(page, link)).filter(Boolean)).toEqual([]);
    expect(linksOf(page).filter((link) => !/^(?:https:|#)/.test(link))).toEqual([]);
  });
});
