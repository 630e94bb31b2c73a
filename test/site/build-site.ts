import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "../support/run-program.ts";

const root = join(import.meta.dirname, "../..");

/** A page of the site as a browser gets it. */
export interface Page {
  /** Its path on the site, such as `stores/esstore.html`. */
  readonly path: string;
  readonly html: string;
}

/** Builds the site into a folder. A link to a page that does not exist fails the build. */
export async function buildSite(folder: string): Promise<readonly Page[]> {
  const vitepress = join(root, "node_modules/vitepress/bin/vitepress.js");
  await runProgram(root, process.execPath, [vitepress, "build", "docs", "--outDir", folder]);
  const pages = globSync("**/*.html", { cwd: folder }).toSorted();
  return pages.map((path) => ({ path, html: readFileSync(join(folder, path), "utf8") }));
}
