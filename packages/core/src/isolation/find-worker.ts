import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { messageOf } from "../errors.ts";

/** The code of a thread, or why it is missing, in one sentence. */
export type FoundWorker = { readonly url: URL } | { readonly problem: string };

/**
 * Looks for the file that a thread runs: at the place that the program gives, else beside this code.
 * @param given `workerUrl` of the host: a path, or a URL with `file:` or `data:`
 * @param cwd folder from which a relative path starts
 */
export function findWorker(given: string | URL | undefined, cwd: string): FoundWorker {
  try {
    const url = given === undefined ? besideUs() : givenUrl(given, cwd);
    if (url.protocol === "data:" || existsSync(url)) return { url };
    const path = fileURLToPath(url);
    return { problem: given === undefined ? `it is not at ${path}` : `workerUrl says ${path}, where no file is` };
  } catch (cause) {
    // Code that was bundled as CommonJS does not know where it is.
    if (given === undefined) return { problem: "this code does not know where it is" };
    return { problem: `workerUrl cannot be used: ${messageOf(cause)}` };
  }
}

function besideUs(): URL {
  // Bundlers that know this form include the file.
  const url = new URL("./worker.js", import.meta.url);
  const source = new URL(url.href.replace(/\.js$/, ".ts"));
  return existsSync(url) || !existsSync(source) ? url : source;
}

function givenUrl(given: string | URL, cwd: string): URL {
  if (typeof given !== "string") return new URL(given.href);
  return /^(?:file|data):/.test(given) ? new URL(given) : pathToFileURL(resolve(cwd, given));
}
