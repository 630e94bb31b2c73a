import { constants, fstatSync, type Stats } from "node:fs";
import { access, open, realpath, stat } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import tty from "node:tty";
import { unreadableInputs, usageError } from "../errors.ts";
import type { WriteOptions } from "../options.ts";
import type { World } from "../world.ts";
import { fileChunks, pipeChunks, streamChunks, type Chunks } from "./chunks.ts";
import { whyNoRecordsIn } from "./dead-letter-line.ts";
import { descriptorChunks } from "./descriptor-chunks.ts";
import { WHY } from "./input-error.ts";
import { type KnownFile, knownFile } from "./known-file.ts";
import { stdinFile } from "./stdin-file.ts";

/** One input that exists and is not open yet. */
export interface Source {
  /** As the person named it; `stdin` for standard input. */
  readonly name: string;
  /** `com.origin_worker` of records that have none: the file's name without extension. */
  readonly worker: string;
  /** In bytes, for a regular file. */
  readonly size?: number;
  /** Which regular file it is. */
  readonly file?: KnownFile;
  open(): Chunks;
}

/** Worker of records that do not come from a file, as in the predecessor. */
const NO_WORKER = "no_worker";

/** Names of standard input in the file system. A socket could not be read if it were opened by such a name. */
const STDIN_NAMES: ReadonlySet<string> = new Set(["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"]);

/**
 * Finds the inputs and checks each of them before the first record is sent, so that a misspelt name has no effect.
 * @param config files of the configuration: standard input cannot be one of them and an input
 * @param judge says why one is refused, as the end of a sentence about it @default dead letters are
 * @throws UsageError without input
 * @throws CloudmarkerError INPUT_UNREADABLE, naming all that cannot be read
 */
export async function findSources(
  files: readonly string[],
  world: Pick<World, "stdin" | "cwd">,
  config: WriteOptions["config"] = false,
  judge: (source: Source) => Promise<string | undefined> = whyRefused,
): Promise<Source[]> {
  if (files.length === 0 && world.stdin.isTTY === true) {
    throw usageError("noInput", {});
  }
  const named = files.length === 0 ? ["-"] : files.map((file) => (isStdin(file, world.cwd) ? "-" : file));
  if (named.indexOf("-") !== named.lastIndexOf("-")) throw usageError("stdinTwice", {});
  const asConfig = named.includes("-") && config && config.find((file) => file === "-" || isStdin(file, world.cwd));
  if (asConfig) throw usageError("stdinConfig", { file: asConfig });

  const found = await Promise.all(
    named.map(async (file) => {
      const source = await (file === "-" ? stdinSource(world.stdin) : fileSource(file, world.cwd));
      if (typeof source === "string") return source;
      const why = await judge(source);
      return why === undefined ? source : `${source.name}: ${why}`;
    }),
  );
  const bad = found.filter((one) => typeof one === "string");
  if (bad.length > 0) throw unreadableInputs(bad);
  return found.filter((one) => typeof one !== "string");
}

function isStdin(file: string, cwd: string): boolean {
  return STDIN_NAMES.has(resolve(cwd, file));
}

/**
 * `x.json.gz`, `x.json.zst`, `x.ndjson` → `x`. Only the last part of the path is used, since it becomes the name of a
 * file again.
 */
function workerOf(file: string): string {
  const name = basename(file).replace(/\.(?:gz|gzip|zst|zstd)$/iu, "");
  return basename(name, extname(name)) || NO_WORKER;
}

/** The source, or the reason why it cannot be one. */
function stdinSource(stdin: World["stdin"]): Source | string {
  const source = { name: "stdin", worker: NO_WORKER };
  const found = stdin.fd === undefined ? undefined : statOf(stdin.fd);
  if (found?.isDirectory()) return "stdin: is a folder; name the files in it";
  if (stdin.fd === undefined || found === undefined || found.isFIFO() || found.isSocket()) {
    return { ...source, open: () => streamChunks(stdin) };
  }
  const { fd } = stdin;
  const file = stdinFile(fd, found);
  return { ...source, ...(file && { file }), open: () => descriptorChunks(fd) };
}

/** Why the records of a file are none. */
async function whyRefused({ file, name }: Source): Promise<string | undefined> {
  // If it cannot be read, reading it tells why.
  return file && whyNoRecordsIn(file, name).catch(() => undefined);
}

function statOf(fd: number): Stats | undefined {
  try {
    return fstatSync(fd);
  } catch {
    return undefined;
  }
}

/** The source, or the reason why it cannot be one. */
async function fileSource(file: string, cwd: string): Promise<Source | string> {
  const path = resolve(cwd, file);
  let found: Stats;
  try {
    found = await stat(path);
    await access(path, constants.R_OK);
    if (found.isCharacterDevice() && (await isTerminal(path))) {
      return `${file}: is a terminal; name files, or pipe records in`;
    }
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    const advice = code === "ENOENT" ? ` in ${dirname(path)}; correct the name, or write the whole path` : "";
    return `${file}: ${WHY[code] ?? message}${advice}`;
  }
  if (found.isDirectory())
    return `${file}: is a folder; name the files in it, such as ${file.replace(/\/$/u, "")}/*.json`;
  if (found.isSocket()) return `${file}: is a socket; pipe its data in, for example with socat`;
  if (found.isFIFO()) return { name: file, worker: NO_WORKER, open: () => pipeChunks(path) };
  // A device has no size, and its name says nothing about records.
  if (!found.isFile()) return { name: file, worker: NO_WORKER, open: () => fileChunks(path) };
  const { size } = found;
  // A link may lead elsewhere later, above all one of this process: /dev/fd/3.
  const known = knownFile(await realpath(path).catch(() => path), found);
  return { name: file, worker: workerOf(file), size, file: known, open: () => fileChunks(path, size) };
}

async function isTerminal(path: string): Promise<boolean> {
  // Do not wait for a line, and do not make it the terminal of this process. Windows has neither flag.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0));
  try {
    return tty.isatty(handle.fd);
  } finally {
    await handle.close();
  }
}
