// Which file of the repository is which page of the site.
import { posix } from "node:path";

/** Where files stand, as a pattern, and the page that such a file is. */
const PLACES: readonly (readonly [file: RegExp, page: string])[] = [
  [/^README\.md$/u, "index.md"],
  [/^docs\/(?!architecture\.md)([\w-]+)\.md$/u, "$1.md"],
  [/^docs\/recipes\/([\w[\]-]+)\.md$/u, "recipes/$1.md"],
  [/^plugins\/([\w-]+)\/README\.md$/u, "stores/$1.md"],
  [/^packages\/([\w-]+)\/README\.md$/u, "packages/$1.md"],
  [/^examples\/(store-[\w-]+)\/README\.md$/u, "examples/$1.md"],
];

/** The page of a file, by paths from the root of the repository and of the site; undefined if it is none. */
export function pageOf(file: string): string | undefined {
  const place = PLACES.find(([pattern]) => pattern.test(file));
  return place && file.replace(place[0], place[1]);
}

/**
 * Where a link of `file` leads on the site. A link to a folder leads to its README. Undefined: it leads to a file that
 * is not on the site, such as one for people who work on the sources.
 */
export function linkOnSite(file: string, link: string): string | undefined {
  if (/^(?:[a-z]+:|#)/iu.test(link)) return link;
  const [path = "", anchor] = link.split("#");
  const target = posix.join(posix.dirname(file), path);
  const page = pageOf(target.endsWith(".md") ? target : posix.join(target, "README.md"));
  return page && `/${page}${anchor === undefined ? "" : `#${anchor}`}`;
}

/** The anchor of a heading, as GitHub makes it: a link to it is right in both places. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-");
}
