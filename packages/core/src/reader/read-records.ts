import { type Check, type Checks, isFunction, isText, must, optionError } from "../check-options.ts";
import { writeProblem } from "../config/problems.ts";
import { BadLines, type TakeBadLines } from "./bad-line.ts";
import { ByteSource } from "./byte-source.ts";
import type { SelectHint } from "./select-hints.ts";
import { InputSize } from "./packed/input-size.ts";
import { overlapProblem, pathProblem } from "./json-path.ts";
import type { JsonText } from "../records/json-text.ts";
import { LineReader } from "./line-reader.ts";
import { MalformedInput } from "./malformed-input.ts";
import type { PassedOver } from "./passed-over.ts";
import { RecordReader } from "./record-reader.ts";
import { type IsReport, type NothingSelected, Selection } from "./select-records.ts";
import { unpack } from "./packed/unpack.ts";

/** Options of {@link readRecords}. */
export interface ReadOptions {
  /** Name of the input, for errors. */
  readonly name: string;
  /**
   * The path to the records inside a wrapper, or several paths: keys joined by dots, or a JSON pointer. If a path leads
   * to an array, its elements are the records. If it leads to an object, that is a map: its values are the records, and
   * its keys are not kept. For an array along the path, all elements are read, or a number picks one. A path with an
   * empty key, blanks around it, `[]` or `*` is refused, and so is one that leads into what another one takes.
   */
  readonly select?: string | readonly string[] | undefined;
  /** Bytes of the input, if known. An error that stops the reading then says how many of them were not read. */
  readonly size?: number | undefined;
  /** The longest record. A longer one is an error, since a record must fit into memory. @default 64 MiB */
  readonly maxRecordBytes?: number | undefined;
  /** Called at the end if the input was one object that seems to contain many records. */
  readonly onHint?: ((hints: readonly SelectHint[]) => void) | undefined;
  /** Called once, with the value of the first record. Numbers in it may have lost digits. */
  readonly onFirst?: ((value: object) => void) | undefined;
  /**
   * Called at the end if `select` led to no records: the parent of the last key exists, but the key is absent or null
   * everywhere. Scanners without findings write that. If even the parent is missing, that is an error, unless
   * `isReport` knows the document.
   */
  readonly onNothing?: ((nothing: NothingSelected) => void) | undefined;
  /**
   * Called at the end if no document has the first key of a path of `select`, with at most 100 of the keys that they
   * have. False: this is no report, which is an error.
   * @default it is one for a path of one key, and none for a longer path
   */
  readonly isReport?: IsReport | undefined;
  /**
   * Called at the end, once for each key of `select` that some objects along the path have and others do not. A scanner
   * may leave out the last key if it finds nothing in one of several places. The object may also be another document,
   * such as an error.
   */
  readonly onPassedOver?: (passed: PassedOver) => void;
  /**
   * Takes the bad lines of NDJSON; reading goes on after them. A fault in a document of several lines still ends the
   * reading. It is called with the bad lines of a chunk. Its promise is awaited; if it rejects, the reading ends.
   * @default none: a bad line is an error
   */
  readonly onBadLines?: TakeBadLines | undefined;
}

const checkSelect: Check = (value, path, of, problems) => {
  const paths: unknown = typeof value === "string" ? [value] : value;
  if (!Array.isArray(paths) || paths.length === 0 || !paths.every((one) => typeof one === "string")) {
    return must("a string or a list of strings", () => false)(value, path, of, problems);
  }
  for (const [index, one] of paths.entries()) {
    const wrong = pathProblem(one) ?? overlapProblem(one, paths.slice(0, index));
    if (wrong === undefined) continue;
    problems.push({ ...writeProblem("invalid", "path", { of, value: one, problem: wrong }), path });
  }
};

const READ_OPTIONS: Checks<ReadOptions> = {
  name: must("a string", isText),
  select: checkSelect,
  size: must("a number of bytes, 0 or more", (value) => typeof value === "number" && value >= 0),
  maxRecordBytes: must("a number above 0", (value) => typeof value === "number" && value > 0),
  onHint: must("a function", isFunction),
  onFirst: must("a function", isFunction),
  onNothing: must("a function", isFunction),
  isReport: must("a function", isFunction),
  onPassedOver: must("a function", isFunction),
  onBadLines: must("a function", isFunction),
};

const MAX_RECORD_BYTES = 64 * 1024 * 1024;

/**
 * Reads records from any stream of JSON: an array, one object, or objects one after another (NDJSON, concatenated,
 * pretty or not); plain, gzip or zstd; with the separators of RFC 7464, a byte order mark, CRLF and blank lines. Yields
 * the records chunk by chunk; it keeps one chunk and one record in memory. Line breaks and indentation are removed;
 * everything else of a record is kept as it is written.
 * @throws CloudmarkerError `OPTION_INVALID`
 * @throws CloudmarkerError `INPUT_MALFORMED`, with the place, after everything before that place was yielded
 */
export async function* readRecords(
  source: AsyncIterable<Uint8Array>,
  options: ReadOptions,
): AsyncGenerator<JsonText[], void, undefined> {
  const wrong = optionError(options, READ_OPTIONS, "readRecords()", ["name"]);
  if (wrong) throw wrong;
  const { name, select, onHint } = options;
  const size = new InputSize(options.size);
  const bytes = new ByteSource(unpack(source, name, size));
  const readerOptions = {
    name,
    size,
    maxRecordBytes: options.maxRecordBytes ?? MAX_RECORD_BYTES,
    onFirst: once(options.onFirst),
  };
  const reader = new RecordReader(bytes, readerOptions);
  const paths = typeof select === "string" ? [select] : select;
  const selection = paths === undefined ? undefined : new Selection(paths, options.isReport);
  const bad = options.onBadLines && new BadLines(options.onBadLines);
  try {
    const reading =
      bad !== undefined
        ? new LineReader(bytes, reader, { ...readerOptions, selection, bad }).read()
        : (selection?.read(reader, bytes) ?? reader.documents());
    while ((await reading.next()).done !== true) yield reader.take();
    if (bytes.failure !== undefined) throw bytes.failure.error;
    const nothing = selection?.end(name);
    if (nothing !== undefined) options.onNothing?.(nothing);
    for (const passed of selection?.passedOver() ?? []) options.onPassedOver?.(passed);
    if (!reader.records.isEmpty) yield reader.take();
    if (onHint && reader.records.hints.length > 0) onHint(reader.records.hints);
  } catch (error) {
    if (!reader.records.isEmpty) yield reader.take();
    // If the stream failed inside a document, the error of the stream is thrown: the producer was not cut off.
    throw bytes.failure !== undefined && isOpen(error) ? bytes.failure.error : error;
  } finally {
    await bad?.flush();
    await bytes.close();
  }
}

/** Lines are read by a reader of their own, which has a first record too. */
function once(take: ReadOptions["onFirst"]): ReadOptions["onFirst"] {
  let isDue = true;
  return (
    take &&
    ((value) => {
      if (isDue) take(value);
      isDue = false;
    })
  );
}

function isOpen(error: unknown): boolean {
  return error instanceof MalformedInput && error.isOpen;
}
