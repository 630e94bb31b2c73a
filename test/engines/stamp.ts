import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type EngineName, ENGINES } from "./catalogue.ts";
import { BUILT, COMMON_JAVA, sourceFolder } from "./paths.ts";

/** What an engine was built of. The file is written last: where it is, the build is complete. */
export interface Stamp {
  /** Hash of the sources and of the way they are built. */
  readonly sources: string;
  /** Version of Go or of the JDK. */
  readonly version: string;
  /** Home of the JDK that compiled the engine and that runs it. */
  readonly javaHome?: string;
}

/** The stamp of an engine that is built, or undefined. */
export function readStamp(name: EngineName): Stamp | undefined {
  const file = stampFile(join(BUILT, name));
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

/** Says that the build in this folder is complete. */
export function writeStamp(folder: string, stamp: Stamp): void {
  writeFileSync(stampFile(folder), `${JSON.stringify(stamp, undefined, 2)}\n`);
}

/** Changes with everything in the repository that decides what is built. */
export function hashSources(name: EngineName): string {
  const folders = [sourceFolder(name), ...(ENGINES[name].language === "java" ? [COMMON_JAVA] : [])];
  const files = folders.flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)));
  const hash = createHash("sha256");
  for (const file of [join(import.meta.dirname, "build-engine.ts"), ...files.toSorted()]) {
    hash.update(`\0${basename(file)}\0`).update(readFileSync(file));
  }
  return hash.digest("hex");
}

function stampFile(folder: string): string {
  return join(folder, "stamp.json");
}
