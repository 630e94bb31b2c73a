import { existsSync } from "node:fs";

/** A module of the kit that a thread or a process of its own loads, beside this code: as it was built, or as source. */
export function besideUs(name: "child" | "in-thread"): URL {
  const built = new URL(`./${name}.js`, import.meta.url);
  return existsSync(built) ? built : new URL(`./${name}.ts`, import.meta.url);
}
