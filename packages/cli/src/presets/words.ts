import type { Preset } from "./table.ts";

/** How a scanner is read, as a line for a shell. */
export function exampleOf(name: string, { command, file }: Preset): string {
  const write = `cloudmarker write --from ${name}`;
  return file === undefined ? `${command} | ${write}` : `${command} ; ${write} ${file}`;
}

/** The places of the records; paths of one parent are one text: `a.{b,c}`. */
export function placesOf({ select }: Preset): string[] {
  const groups = Map.groupBy(select, (path) => path.slice(0, path.lastIndexOf(".") + 1));
  return [...groups].flatMap(([parent, own]) => {
    const last = own.map((path) => path.slice(parent.length));
    return last.length === 1 || parent === "" ? own : [`${parent}{${last.join(",")}}`];
  });
}
