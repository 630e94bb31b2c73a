import childProcess from "node:child_process";
import { EXIT, type ExitCode } from "@cloudmarker/core";
import { searchError, usageError } from "../errors.ts";
import { isMap } from "../is-map.ts";
import { table } from "../render/table.ts";
import { plain } from "../render/text.ts";
import type { Session } from "../session.ts";

/** What a registry says of a package. */
interface Found {
  readonly package: string;
  readonly kind: "store" | "tap";
  /** Not every registry says it. */
  readonly version?: string;
  readonly description: string;
}

/** What may be in a word: it becomes part of a command line on Windows. */
const WORD = /^[\w@./ -]{1,100}$/u;

/** Packages that a registry is asked for at most. */
const MOST = 100;

/**
 * `cloudmarker plugins --search WORD`: asks the registry that npm is set to for stores and taps, for all of them if no
 * word is given. npm does it, so its settings hold: registry, proxy, credentials.
 */
export async function searchPlugins(word: string | undefined, session: Session): Promise<ExitCode> {
  if (word !== undefined && !WORD.test(word)) throw usageError("searchWord", { word });
  session.reporter.note("Asking the registry that npm is set to (npm search) …");
  const [stores, taps] = await Promise.all([ask("store", word), ask("tap", word)]);
  const found = [...stores, ...taps].toSorted((a, b) => (a.package < b.package ? -1 : 1));
  await session.result({ ...(word !== undefined && { search: word }), found, exit: EXIT.OK }, () => {
    if (found.length === 0)
      return `The registry has no store and no tap${word === undefined ? "" : ` for "${word}"`}.\n`;
    const rows = found.map((one) => [nameOf(one), one.kind, one.description]);
    const lines = table(["package", "kind", "description"], rows, session.colors);
    return `${lines.join("\n")}\n\nInstall one with: npm install ${plain(found[0]?.package ?? "")}\n`;
  });
  return EXIT.OK;
}

function nameOf({ package: name, version }: Found): string {
  return version === undefined ? name : `${name}@${version}`;
}

/** The packages of a kind. A registry finds words anywhere; only those with the keyword are plugins. */
async function ask(kind: "store" | "tap", word: string | undefined): Promise<readonly Found[]> {
  const keyword = `cloudmarker-${kind}`;
  const words = word === undefined ? [keyword] : [keyword, word];
  const answer: unknown = JSON.parse(await npm(["search", "--json", `--searchlimit=${MOST}`, ...words]));
  if (!Array.isArray(answer)) return [];
  return answer.filter(isMap).flatMap(({ name, version, description, keywords }) => {
    if (!Array.isArray(keywords) || !keywords.includes(keyword) || typeof name !== "string") return [];
    const known = typeof version === "string" && version !== "" ? { version } : {};
    return [{ package: name, kind, ...known, description: typeof description === "string" ? description : "" }];
  });
}

function npm(args: readonly string[]): Promise<string> {
  // On Windows npm is a script, which only a shell starts.
  const options = { shell: process.platform === "win32", maxBuffer: 16 * 1024 * 1024, timeout: 60_000 };
  return new Promise((resolve, reject) => {
    childProcess.execFile("npm", [...args], options, (error, stdout, stderr) => {
      if (error) reject(searchError(stderr.trim() || error.message));
      else resolve(stdout);
    });
  });
}
