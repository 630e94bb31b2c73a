import crypto from "node:crypto";
import type { StoreRecord } from "@cloudmarker/store-api";

/** Workers without a usable name share this one, as in the predecessor. */
const NO_WORKER = "no_worker";

/**
 * Longest encoded worker name, in bytes. With the temporary file's dot, extension, run and token it stays below the 255
 * bytes that common file systems allow for one component (FS-10).
 */
const NAME_LIMIT = 170;
const RUN_LIMIT = 48;
const HASH_LENGTH = 32;

/** The worker whose file a record belongs to. */
export function workerOf({ com }: StoreRecord): string {
  return typeof com.origin_worker === "string" && com.origin_worker !== "" ? com.origin_worker : NO_WORKER;
}

/** What FileStore adds to the name of a worker. */
const EXTENSION = /\.(?:json|ndjson)(?:\.gz|\.zst)?$/;
/**
 * Characters that separate paths or have a meaning in Windows, characters that are invisible or not assigned (some file
 * systems ignore or refuse them), and a `%` that reads as an escape.
 */
const UNSAFE = /[/\\:*?"<>|\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|%(?=[0-9a-f]{2}|u[0-9a-f]{4})/giu;
const NOT_ASCII = /[^\0-\x7f]/gu;
/** Device names of Windows, with any extension. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?= *(?:\.|$))/i;
/** Endings that FileStore gives to files of its own. */
const OWN_ENDING = /\.(partial|previous)$/i;
/** A `~` before text that reads as the hash of {@link shorten}, or as {@link caseMark}. */
const HASHED = /~(?=[0-9a-f]{32}$)/;
const MARKED = /~(?=[0-9a-v]+$)/i;

/** Options of {@link encodeName}. */
export interface NameOptions {
  /**
   * The file system reads `A` and `a` as one name; then names with capitals get a mark with the positions of the
   * capitals.
   * @default false
   */
  readonly foldsCase?: boolean;
}

/**
 * The name of a worker as one safe component of a path, without extension. Safe characters stay as they are
 * (`mockaudit_mockcloud`, `AWS`, `Zürich (2)`). The others are percent-encoded, so that two names never share a file
 * and none leaves the folder (FS-08, FS-09, L-64). The result is in the normal form NFC, since two names may differ
 * only in a form that the file system ignores. A name that is too long keeps its beginning and ends in a hash of the
 * whole (FS-10).
 */
export function encodeName(name: string, options: NameOptions = {}): string {
  let safe = name.replace(UNSAFE, percent);
  if (options.foldsCase) safe = safe.replace(NOT_ASCII, (letter) => (isFolded(letter) ? letter : percent(letter)));
  if (safe.startsWith(".")) safe = `%2E${safe.slice(1)}`;
  if (/[. ]$/.test(safe)) safe = safe.slice(0, -1) + percent(safe.slice(-1));
  if (RESERVED.test(safe)) safe = percent(safe.charAt(0)) + safe.slice(1);
  safe = safe.replace(OWN_ENDING, "%2E$1").replace(options.foldsCase ? MARKED : HASHED, percent);
  if (safe !== safe.normalize("NFC")) safe = safe.replace(NOT_ASCII, percent);
  return shorten(options.foldsCase ? safe + caseMark(name) : safe, NAME_LIMIT);
}

/** A run id as one part of a file name between dots. */
export function encodeRun(run: string): string {
  return shorten(encodeName(run).replaceAll(".", "%2E"), RUN_LIMIT);
}

/** The run id that {@link encodeRun} has encoded, for a person. Of a long one only the beginning is known. */
export function decodeRun(run: string): string {
  try {
    return decodeURIComponent(run);
  } catch {
    return run;
  }
}

/** The parts of the name of a temporary file. */
export interface TempName {
  /** The name that it will get, such as `aws.json.gz`. */
  readonly target: string;
  /** Encoded run id. */
  readonly run: string;
  /** Token of the store that writes it. */
  readonly token: string;
}

/** `.TARGET.RUN.TOKEN.tmp`: hidden, in the same folder as its target, unique per open store (FS-03). */
export function tempName({ target, run, token }: TempName): string {
  return `.${target}.${run}.${token}.tmp`;
}

/** Reads what {@link tempName} wrote; undefined for any other file. */
export function parseTempName(file: string): TempName | undefined {
  const [, target, run, token] = /^\.(.+)\.([^.]+)\.([0-9a-f]{12})\.tmp$/.exec(file) ?? [];
  return target && run && token ? { target, run, token } : undefined;
}

/** `aws.json.gz` with the mark `RUN.partial` is `aws.RUN.partial.json.gz`. */
export function markedName(target: string, mark: string): string {
  const at = target.search(EXTENSION);
  return `${target.slice(0, at)}.${mark}${target.slice(at)}`;
}

/** The target of a file with the mark `RUN.partial`, or `RUN-2.partial` and so on; undefined for any other file. */
export function parsePartialName(file: string, run: string): string | undefined {
  const [, name, mark, extension] = /^(.+)\.([^.]+)\.partial(\.(?:json|ndjson)(?:\.gz|\.zst)?)$/.exec(file) ?? [];
  const isOfRun = mark?.startsWith(run) && /^(?:-(?:[2-9]|\d\d+))?$/.test(mark.slice(run.length));
  return name && extension && isOfRun ? name + extension : undefined;
}

/** `aws.json.gz` is `aws`: the encoded name of the worker. */
export function withoutExtension(target: string): string {
  return target.slice(0, target.search(EXTENSION));
}

/** Whether the file system knows no other case of it. `ss` is another case of `ß`. */
function isFolded(letter: string): boolean {
  return letter.toUpperCase().toLowerCase() === letter;
}

/** UTF-8 in percent escapes; a lone surrogate has no UTF-8 and becomes an escape such as `%uD800`. */
function percent(character: string): string {
  const code = character.charCodeAt(0);
  if (character.length === 1 && code >= 0xd800 && code <= 0xdfff) return `%u${code.toString(16).toUpperCase()}`;
  return Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}

/** `~` and the positions of the capital letters as a number; empty if there are none. */
function caseMark(name: string): string {
  const bits = name.replace(/[^]/g, (letter) => (/[A-Z]/.test(letter) ? "1" : "0"));
  return bits.includes("1") ? `~${BigInt(`0b${bits}`).toString(32)}` : "";
}

function shorten(safe: string, limit: number): string {
  if (Buffer.byteLength(safe) <= limit) return safe;
  let length = 0;
  let bytes = limit - HASH_LENGTH - 1;
  for (const letter of safe) {
    bytes -= Buffer.byteLength(letter);
    if (bytes < 0) break;
    length += letter.length;
  }
  // An escape that the cut would split is removed whole.
  const start = safe.slice(0, length).replace(/%(?:.|u.{0,3})?$/, "");
  return `${start}~${crypto.hash("sha256", safe).slice(0, HASH_LENGTH)}`;
}
