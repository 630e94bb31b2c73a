import { existsSync } from "node:fs";
import { type EngineName, ENGINES } from "./catalogue.ts";
import { hashSources, readStamp } from "./stamp.ts";

/** What an engine lacks before it can be started, undefined if nothing. */
export function missing(name: EngineName): string | undefined {
  const stamp = readStamp(name);
  const recipe = ENGINES[name];
  if (stamp?.sources !== hashSources(name)) return "run npm run engines";
  if (recipe.language === "java" && !existsSync(stamp.javaHome ?? "")) return `Java ${recipe.java} or later`;
  return undefined;
}
