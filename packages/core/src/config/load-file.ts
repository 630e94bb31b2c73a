import { lstat, realpath, stat } from "node:fs/promises";
import { basename, dirname, extname } from "node:path";
import { type Clock, isError } from "@cloudmarker/store-api";
import { isPlainObject } from "../realms.ts";
import { type ConfigProblem, messageOf } from "../errors.ts";
import { OWN_KEYS } from "./foreign-keys.ts";
import { type ParsedYaml, parseYaml } from "./parse-yaml.ts";
import { writeProblem } from "./problems.ts";
import { readBounded } from "./read-bounded.ts";
import type { ProjectSearch } from "./search-places.ts";
import { emptyMap, plainOf, type Source } from "./tree.ts";

/** A configuration file that was read. */
export interface LoadedFile {
  /** The absolute path, links not followed. */
  readonly path: string;
  /** If the path is a link, the file that it leads to. */
  readonly target?: string;
  readonly parsed: ParsedYaml;
}

/** @throws the error of the file system; Error if the file is too large or is not read in time */
export async function loadFile(path: string, cwd: string, clock: Clock): Promise<LoadedFile> {
  const { bytes, source, target } = await readSource(path, cwd, clock);
  const parsed = await parseYaml(bytes, source);
  return { path, ...target, parsed: mayBeForeign(parsed) ? await refuse(parsed, bytes, source) : parsed };
}

/** How a top-level key of Filebeat, Fluent Bit, OpenTelemetry or Vector begins. */
const THEIRS = /^(?:sinks|sources|pipeline|exporters|receivers)$|^(?:output|filebeat)(?:\.|$)/u;

/** Whether a file is perhaps of another program: then what would be read of it is nothing. */
function mayBeForeign({ root, problems }: ParsedYaml): boolean {
  if (problems.length > 0) return true;
  const keys = [...root.entries.keys()];
  return keys.some((key) => THEIRS.test(key)) && !keys.some((key) => OWN_KEYS.includes(key));
}

/** Loaded only when it is needed, as hardly any file is. */
async function refuse(...given: Parameters<typeof import("./foreign/refuse.ts").refuseForeign>): Promise<ParsedYaml> {
  return (await import("./foreign/refuse.ts")).refuseForeign(...given);
}

/** Whether a file is a package file, in which only one key is ours. */
export function isPackageFile(path: string): boolean {
  return basename(path, extname(path)) === "package";
}

/**
 * Whether a package file has our key. Every project has such a file, and few have the key. This check is quick; loading
 * the parser that keeps positions takes longer than everything else.
 */
export async function hasKey(path: string, { moduleName, clock }: ProjectSearch): Promise<boolean> {
  const text = new TextDecoder().decode(await readBounded(path, clock).catch(() => new Uint8Array()));
  try {
    const value: unknown = JSON.parse(text);
    return isPlainObject(value) && Object.hasOwn(value, moduleName);
  } catch {
    // YAML or broken JSON. If our key may be in it, the file is read and its problems are reported.
    return text.includes(moduleName);
  }
}

/**
 * The value of our key in a package file; undefined if there is none.
 * @throws as {@link loadFile}
 */
export async function loadPackageKey(
  path: string,
  { moduleName, clock }: ProjectSearch,
): Promise<LoadedFile | undefined> {
  const { bytes, source, target } = await readSource(path, dirname(path), clock);
  const { root, problems } = await parseYaml(bytes, source);
  // Problems in other keys are not ours to report.
  const ours = problems.filter((one) => one.path.length === 0 || one.path[0] === moduleName);
  const own = ours.map((one) => ({ ...one, path: one.path.slice(1) }));
  const node = root.entries.get(moduleName);
  if (node?.kind === "map") return { path, ...target, parsed: { root: node, problems: own } };
  if (!node && own.length === 0) return undefined;
  if (node) {
    const location = { file: source.name, ...(node.at ?? node.key ?? { line: 1, column: 1 }) };
    const facts = { key: moduleName, value: plainOf(node) };
    own.push({ ...writeProblem("CONFIG_UNREADABLE", "packageKey", facts), path: [], location });
  }
  return { path, ...target, parsed: { root: emptyMap(source), problems: own } };
}

/** A file that cannot be read, as a problem of the configuration. */
export function unreadable(path: string, error: unknown): ConfigProblem {
  return { ...writeProblem("CONFIG_UNREADABLE", "file", { path, why: whyUnreadable(error) }), path: [] };
}

/** Why a file cannot be read, in words. */
export function whyUnreadable(error: unknown): string {
  switch (codeOf(error)) {
    case "ENOENT":
    case "ENOTDIR":
      return "there is no such file";
    case "EISDIR":
      return "it is a folder";
    case "EACCES":
    case "EPERM":
      return "you have no permission to read it";
    default:
      return messageOf(error);
  }
}

/** Whether an error says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(codeOf(error) ?? "");
}

/** The code of an error of the file system. */
export function codeOf(error: unknown): string | undefined {
  return isError(error) && "code" in error ? String(error.code) : undefined;
}

async function readSource(
  path: string,
  cwd: string,
  clock: Clock,
): Promise<{ bytes: Uint8Array; source: Source; target: Pick<LoadedFile, "target"> }> {
  const bytes = await readBounded(path, clock);
  // `-c <(make-config)` is a pipe, which has no folder of its own. For any other file it is the folder of the file that
  // links lead to: plugins are installed beside that file.
  const file = (await stat(path)).isFile() ? await realpath(path) : undefined;
  const isLink = file !== undefined && (await lstat(path)).isSymbolicLink();
  const source = { name: path, isFile: true, directory: file === undefined ? cwd : dirname(file) };
  return { bytes, source, target: isLink ? { target: file } : {} };
}
