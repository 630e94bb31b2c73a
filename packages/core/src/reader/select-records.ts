import { errorOf } from "../errors/error-of.ts";
import type { ByteSource } from "./byte-source.ts";
import { suggest } from "../validation/suggest.ts";
import { CLOSE_ARRAY, CLOSE_OBJECT, COLON, COMMA, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from "./json-bytes.ts";
import { formatPath, parsePath, pathProblem } from "./json-path.ts";
import { type PassedOver, Tallies } from "./passed-over.ts";
import type { Reading, RecordReader } from "./record-reader.ts";

/** Begins `null`. */
const LETTER_N = 0x6e;

/** The most levels of skipped parts that are searched for arrays of objects, for hints. */
const MAX_DEPTH = 4;
const MAX_PATHS = 20;
const MAX_KEYS = 2_000;

/**
 * The most arrays and objects around an array on the path. Each is a nested call, and input may nest deeper than the
 * call stack allows (L-18).
 */
const MAX_NESTING = 1_000;

/** The most keys that are kept to find a similar one. */
const MAX_SIBLINGS = 100;

/** The path leads to a place that could have records but has none. */
export interface NothingSelected {
  /** The path as it was given. */
  readonly select: string;
  /** Number of objects that could have the last key, but lack it or have null. */
  readonly parents: number;
  /** One of their keys that is spelt similarly to the missing one. */
  readonly near?: string;
}

/** Reads the records at a path of every document. The rest is skipped without a full check. */
export class Selection {
  readonly #select: string;
  readonly #path: readonly string[];
  readonly #found = new Found();
  readonly #tallies = new Tallies();
  #documents = 0;

  /** @param select a path as {@link parsePath} reads it */
  constructor(select: string) {
    this.#select = select;
    this.#path = parsePath(select);
  }

  /** Reads all documents of a source. @throws CloudmarkerError `INPUT_MALFORMED` */
  async *read(reader: RecordReader, source: ByteSource): Reading {
    while (yield* this.readDocument(reader, source));
  }

  /** Reads the next document. @returns false at the end of the source */
  async *readDocument(reader: RecordReader, source: ByteSource): Reading<boolean> {
    const byte = yield* reader.nextDocument();
    if (byte === -1) return false;
    if (byte !== OPEN_OBJECT && byte !== OPEN_ARRAY) throw await reader.faults.noDocument();
    const walk = new SelectWalk(reader, source, this.#path, this.#found);
    yield* walk.value(byte, 0);
    this.#tallies.merge(walk.tallies);
    this.#documents++;
    return true;
  }

  /** Objects that were passed over. {@link Selection.end} reports the case that no object has the last key. */
  passedOver(): readonly PassedOver[] {
    return this.#tallies.passedOver(this.#select, this.#path, this.#path.length - (this.#found.matched ? 0 : 1));
  }

  /**
   * Call it when everything was read.
   * @returns undefined if the path led to records or to an empty list, or if there was no document
   * @throws CloudmarkerError `INPUT_MALFORMED` if even the parent of the path's last key is missing
   */
  end(name: string): NothingSelected | undefined {
    const { matched, isNull, parents, couldHold, keys, paths } = this.#found;
    if (matched || this.#documents === 0) return undefined;
    if (couldHold) {
      const near = isNull ? undefined : suggest(this.#path.at(-1) ?? "", keys);
      return { select: this.#select, parents, ...(near !== undefined && { near }) };
    }
    throw errorOf("INPUT_MALFORMED", "select", { input: name, select: this.#select, paths: [...paths] });
  }
}

/** What was found along the path, over all documents of an input. */
class Found {
  /** An array or a map is at the path. */
  matched = false;
  /** Null is at the path. */
  isNull = false;
  /** The parent of the last key exists, or an empty list of such parents. */
  couldHold = false;
  parents = 0;
  /** Some keys of those parents. */
  readonly keys: Set<string> = new Set();
  /** Paths that hold arrays of objects. */
  readonly paths: Set<string> = new Set();
  explored = 0;
}

/** Walks documents along a path and skips everything else. As long as nothing matched, it notes keys for hints. */
class SelectWalk {
  readonly #reader: RecordReader;
  readonly #source: ByteSource;
  readonly #path: readonly string[];
  readonly #found: Found;
  readonly tallies: Tallies = new Tallies();

  constructor(reader: RecordReader, source: ByteSource, path: readonly string[], found: Found) {
    this.#reader = reader;
    this.#source = source;
    this.#path = path;
    this.#found = found;
  }

  /**
   * Walks the value that begins with `byte`.
   * @param at number of keys of the path that have matched; `undefined` if the value is not on the path
   * @param trail the keys that lead to the value
   * @param depth number of arrays and objects around the value
   */
  async *value(byte: number, at: number | undefined, trail: readonly string[] = [], depth = 0): Reading {
    if (at === this.#path.length) yield* this.#selected(byte);
    else if (at === undefined && !this.#explores(trail, depth)) await this.#reader.skip(byte);
    else if (byte === OPEN_OBJECT) yield* this.#object(at, trail, depth);
    else if (byte === OPEN_ARRAY) yield* this.#array(at, trail, depth);
    else {
      if (at !== undefined) this.#notOnTheWay(byte, at);
      await this.#reader.skip(byte);
    }
  }

  /** @throws MalformedInput if the value is not null */
  #notOnTheWay(byte: number, at: number): void {
    if (byte === LETTER_N && at > 0) {
      // Some tools write null in place of an empty list.
      this.#found.couldHold = true;
      return;
    }
    const where = at === 0 ? "an element of the list" : `a value at ${formatPath(this.#path.slice(0, at))}`;
    const path = JSON.stringify(formatPath(this.#path));
    throw this.#reader.faults.here(`${where} is not an object, so nothing can be at the path ${path} in it`);
  }

  /** Reads the array or the map at the end of the path: each of its values is a record. */
  async *#selected(byte: number): Reading {
    if (byte === LETTER_N) {
      this.#found.isNull = true;
      return this.#reader.skip(byte);
    }
    this.#found.matched = true;
    if (byte === OPEN_ARRAY) yield* this.#reader.elements();
    else if (byte === OPEN_OBJECT) yield* this.#map();
    else throw this.#reader.faults.here("the selected value is neither an array nor a map of objects");
  }

  async *#map(): Reading {
    for (let key = yield* this.#key("{"); key !== undefined; key = yield* this.#key(",")) {
      const byte = yield* this.#required();
      if (byte !== OPEN_OBJECT)
        throw this.#reader.faults.here(
          `the selected map holds a value that is not an object, at ${JSON.stringify(key)}`,
        );
      yield* this.#reader.record();
    }
  }

  async *#object(at: number | undefined, trail: readonly string[], depth: number): Reading {
    const found = this.#found;
    const place = at === undefined ? undefined : this.#source.place();
    let hasKey = false;
    const isParent = at === this.#path.length - 1 && this.#isOnPath(at, depth);
    for (let key = yield* this.#key("{"); key !== undefined; key = yield* this.#key(",")) {
      found.explored++;
      if (isParent && found.keys.size < MAX_SIBLINGS) found.keys.add(key);
      const byte = yield* this.#required();
      const isNext = at !== undefined && key === this.#path[at];
      hasKey ||= isNext;
      yield* this.value(byte, isNext ? at + 1 : undefined, [...trail, key], depth + 1);
    }
    if (at !== undefined && place !== undefined) this.tallies.count(at, hasKey, place);
    if (!isParent) return;
    found.couldHold = true;
    found.parents++;
  }

  /** Walks every element, or only the one whose number is the next key of the path. */
  async *#array(at: number | undefined, trail: readonly string[], depth: number): Reading {
    if (depth >= MAX_NESTING) throw this.#reader.faults.here("lists within 1,000 others on the way to the records");
    const { paths } = this.#found;
    const wanted = at === undefined ? undefined : this.#path[at];
    const one = wanted !== undefined && /^\d+$/.test(wanted) ? Number(wanted) : undefined;
    const place = one === undefined ? undefined : this.#source.place();
    this.#source.pos++;
    let byte = yield* this.#required();
    if (byte === OPEN_OBJECT && trail.length > 0 && paths.size < MAX_PATHS) {
      const path = formatPath(trail);
      if (pathProblem(path) === undefined) paths.add(path);
    }
    let index = 0;
    for (; byte !== CLOSE_ARRAY; index++) {
      const next = one === undefined || at === undefined ? at : one === index ? at + 1 : undefined;
      yield* this.value(byte, next, trail, depth + 1);
      byte = yield* this.#required();
      if (byte === COMMA) {
        this.#source.pos++;
        byte = yield* this.#required();
        if (byte === CLOSE_ARRAY) throw this.#reader.faults.here("a trailing comma before ]");
      } else if (byte !== CLOSE_ARRAY) throw this.#reader.faults.here("a missing comma");
    }
    this.#source.pos++;
    if (at !== undefined && one !== undefined && place !== undefined) this.tallies.count(at, one < index, place);
    const isMissing = one === undefined ? index === 0 : index <= one && at === this.#path.length - 1;
    if (isMissing && at !== undefined && this.#isOnPath(at, depth)) this.#found.couldHold = true;
  }

  /**
   * Reads the next key of an object and its colon; undefined after the last key. `before` is `{` for the first key, `,`
   * for any other.
   */
  async *#key(before: "{" | ","): Reading<string | undefined> {
    const source = this.#source;
    let byte = yield* this.#required();
    if (byte === CLOSE_OBJECT && before === ",") {
      source.pos++;
      return undefined;
    }
    if (byte !== before.charCodeAt(0)) throw this.#reader.faults.here("a missing comma");
    source.pos++;
    byte = yield* this.#required();
    if (byte === CLOSE_OBJECT && before === "{") {
      source.pos++;
      return undefined;
    }
    if (byte !== QUOTE)
      throw this.#reader.faults.here(
        byte === CLOSE_OBJECT ? "a trailing comma before }" : "a key that is not a string",
      );
    const key = await this.#reader.key();
    if ((yield* this.#required()) !== COLON) throw this.#reader.faults.here("a missing colon");
    source.pos++;
    try {
      return JSON.parse(key) as string;
    } catch {
      throw this.#reader.faults.here(`a key that is not a JSON string: ${key.slice(0, 60)}`);
    }
  }

  async *#required(): Reading<number> {
    const byte = yield* this.#reader.next();
    if (byte === -1) throw this.#reader.faults.cutOff();
    return byte;
  }

  /**
   * For a path of one key, the elements of a top-level array do not count as parents: such a list is another kind of
   * input.
   */
  #isOnPath(at: number, depth: number): boolean {
    return at > 0 || depth === 0;
  }

  #explores(trail: readonly string[], depth: number): boolean {
    const { matched, explored, paths } = this.#found;
    const isNear = trail.length <= MAX_DEPTH && depth <= 2 * MAX_DEPTH;
    return !matched && isNear && explored < MAX_KEYS && paths.size < MAX_PATHS;
  }
}
