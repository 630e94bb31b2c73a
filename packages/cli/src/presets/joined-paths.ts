/** Paths of one parent as one text: `a.{b,c}`. */
export function joinedPaths(paths: readonly string[]): string[] {
  const groups = Map.groupBy(paths, (path) => path.slice(0, path.lastIndexOf(".") + 1));
  return [...groups].flatMap(([parent, own]) => {
    const last = own.map((path) => path.slice(parent.length));
    return last.length === 1 || parent === "" ? own : [`${parent}{${last.join(",")}}`];
  });
}
