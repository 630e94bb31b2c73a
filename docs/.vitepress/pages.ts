// Which file of the repository is which page of the site.
import { posix } from "node:path";

/** Where files stand, as a pattern, and the page that such a file is. */
const PLACES: readonly (readonly [file: RegExp, page: string])[] = [
  [/^README\.md$/u, "index.md"],
  // The architecture is for people who work on the sources, and `api` for their reviews.
  [/^docs\/(?!architecture\.md|api\/)([\w[\]/-]+)\.md$/u, "$1.md"],
  [/^plugins\/(tap-[\w-]+)\/README\.md$/u, "taps/$1.md"],
  [/^plugins\/([\w-]+)\/README\.md$/u, "stores/$1.md"],
  [/^packages\/([\w-]+)\/README\.md$/u, "packages/$1.md"],
  [/^examples\/(store-[\w-]+)\/README\.md$/u, "examples/$1.md"],
];

/** The page of a file, by paths from the root of the repository and of the site; undefined if it is none. */
export function pageOf(file: string): string | undefined {
  const place = PLACES.find(([pattern]) => pattern.test(file));
  return place && file.replace(place[0], place[1]);
}

/** The address of the repository, as the packages name it; READMEs that are published link to it. */
const REPOSITORY = "https://github.com/cloudmarker/stores/blob/main/";
const IN_REPOSITORY = /^https:\/\/github\.com\/cloudmarker\/stores\/(?:blob|tree)\/main\//u;

/**
 * Where a link of `file` leads on the site. A link to a folder leads to its README, and one to a file that is not on
 * the site into the repository.
 */
export function linkOnSite(file: string, link: string): string {
  const inRepository = link.replace(IN_REPOSITORY, "");
  const isRelative = inRepository === link;
  if (isRelative && /^(?:[a-z]+:|#)/iu.test(link)) return link;
  const [path = "", anchor] = inRepository.split("#");
  const target = isRelative ? posix.join(posix.dirname(file), path) : path;
  const page = pageOf(target.endsWith(".md") ? target : posix.join(target, "README.md"));
  const place = page === undefined ? REPOSITORY + target : `/${page}`;
  return place + (anchor === undefined ? "" : `#${anchor}`);
}

/** The anchor of a heading, as GitHub makes it: a link to it is right in both places. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-");
}
