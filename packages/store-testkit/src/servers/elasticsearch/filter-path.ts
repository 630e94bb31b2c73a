import { wildcard } from "./wildcard.ts";

/** One path, split at its dots, each part ready to match a key. `undefined` stands for `**`. */
type Path = readonly (RegExp | undefined)[];

/**
 * The parameter `filter_path`: paths to keep, or with a leading `-` to leave out; `*` stands for one key or a part of
 * it, `**` for any number of keys. Paths look through arrays. An array loses its empty elements, which shifts the
 * positions of the others.
 */
export function filterPath(value: unknown, parameter: string): unknown {
  const paths = parameter.split(",").filter((path) => path !== "");
  const kept = paths.filter((path) => !path.startsWith("-")).map(compile);
  const dropped = paths.filter((path) => path.startsWith("-")).map((path) => compile(path.slice(1)));
  const some = kept.length > 0 ? keep(value, kept) : value;
  return (dropped.length > 0 ? drop(some, dropped) : some) ?? {};
}

function compile(path: string): Path {
  return path.split(".").map((part) => (part === "**" ? undefined : wildcard(part)));
}

function keep(value: unknown, paths: readonly Path[]): unknown {
  return visit(value, paths, (below, rest, isEnd) => (isEnd ? below : keep(below, rest)));
}

function drop(value: unknown, paths: readonly Path[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  return visit(value, paths, (below, rest, isEnd) => (isEnd ? undefined : drop(below, rest)));
}

/** Rebuilds `value` from the results of `each` for its fields, without values that become empty. */
function visit(
  value: unknown,
  paths: readonly Path[],
  each: (below: unknown, rest: readonly Path[], isEnd: boolean) => unknown,
): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) {
    const items = value.map((item) => visit(item, paths, each)).filter((item) => item !== undefined);
    return items.length > 0 ? items : undefined;
  }
  const entries: [string, unknown][] = [];
  for (const [key, below] of Object.entries(value)) {
    const rest = paths.flatMap((path) => step(path, key));
    const made = each(
      below,
      rest,
      rest.some((path) => path.length === 0),
    );
    if (made !== undefined) entries.push([key, made]);
  }
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

/** What is left of `path` below `key`: nothing, one path, or with `**` several. */
function step(path: Path, key: string): Path[] {
  if (path.length === 0) return [];
  const [part, ...rest] = path;
  if (part) return part.test(key) ? [rest] : [];
  return [path, ...step(rest, key)];
}
