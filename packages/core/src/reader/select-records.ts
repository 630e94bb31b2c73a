import { errorOf } from "../errors/error-of.ts";
import type { ByteSource } from "./byte-source.ts";
import { suggest } from "../validation/suggest.ts";
import { CLOSE_ARRAY, CLOSE_OBJECT, COLON, COMMA, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from "./json-bytes.ts";
import { namePaths } from "../name-paths.ts";
import { formatPath, parsePath, pathProblem } from "./json-path.ts";
import { type PassedOver, Tallies } from "./passed-over.ts";
import { joinPaths, type PathNode } from "./path-tree.ts";
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

/** The most keys that are kept to find a similar one, and the most of the documents themselves. */
const MAX_SIBLINGS = 100;

/** The paths lead to places that could have records but have none. */
export interface NothingSelected {
  /** The paths as they were given. */
  readonly select: readonly string[];
  /** Number of objects that could have the last key of a path, but lack it or have null. */
  readonly parents: number;
  /** One of their keys that is spelt similarly to the missing one. */
  readonly near?: string;
}

/** Says of the keys of the documents whether this is a report that has no records. */
export type IsReport = (keys: readonly string[]) => boolean;

/** Reads the records at the paths of every document. The rest is skipped without a full check. */
export class Selection {
  readonly #select: readonly string[];
  readonly #root: PathNode;
  readonly #isReport: IsReport | undefined;
  readonly #found: Found;
  readonly #tallies = new Tallies();
  #documents = 0;

  /** @param select paths as {@link joinPaths} reads them */
  constructor(select: readonly string[], isReport?: IsReport) {
    this.#select = select;
    this.#root = joinPaths(select);
    this.#isReport = isReport;
    this.#found = new Found(isReport !== undefined);
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
    const walk = new SelectWalk(reader, source, this.#root, this.#found);
    yield* walk.value(byte, this.#root);
    this.#tallies.merge(walk.tallies);
    this.#documents++;
    return true;
  }

  /**
   * Objects that were passed over. {@link Selection.end} reports the case that no object has the last key, and the case
   * that no document has the first one.
   */
  passedOver(): readonly PassedOver[] {
    const { matched, couldHold } = this.#found;
    return this.#tallies.passedOver((at) => matched || (couldHold && !at.holdsRecords));
  }

  /**
   * Call it when everything was read.
   * @returns undefined if a path led to records or to an empty list, or if there was no document
   * @throws CloudmarkerError `INPUT_MALFORMED` if even the parent of each path's last key is missing; or if the first
   *   keys are, and this is not known as a report
   */
  end(name: string): NothingSelected | undefined {
    const { matched, isNull, parents, couldHold, keys, topKeys, paths } = this.#found;
    if (matched || this.#documents === 0) return undefined;
    if (couldHold || this.#isReport?.([...topKeys]) === true) {
      const last = this.#root.paths.map((path) => parsePath(path).at(-1) ?? "");
      const near = isNull ? undefined : last.map((key) => suggest(key, keys)).find((key) => key !== undefined);
      return { select: this.#select, parents, ...(near !== undefined && { near }) };
    }
    throw errorOf("INPUT_MALFORMED", "select", { input: name, select: this.#select, paths: [...paths] });
  }
}

/** What was found along the paths, over all documents of an input. */
class Found {
  /** An array or a map is at a path. */
  matched = false;
  /** Null is at a path. */
  isNull = false;
  /** The parent of a last key exists, or an empty list of such parents. */
  couldHold = false;
  parents = 0;
  /** Some keys of those parents. */
  readonly keys: Set<string> = new Set();
  /** Some keys of the documents themselves. */
  readonly topKeys: Set<string> = new Set();
  /** Paths that hold arrays of objects. */
  readonly paths: Set<string> = new Set();
  explored = 0;
  /** The documents themselves are judged by their keys. */
  readonly isJudged: boolean;

  constructor(isJudged: boolean) {
    this.isJudged = isJudged;
  }
}

/** Walks documents along the paths and skips everything else. As long as nothing matched, it notes keys for hints. */
class SelectWalk {
  readonly #reader: RecordReader;
  readonly #source: ByteSource;
  readonly #root: PathNode;
  readonly #found: Found;
  readonly tallies: Tallies = new Tallies();

  constructor(reader: RecordReader, source: ByteSource, root: PathNode, found: Found) {
    this.#reader = reader;
    this.#source = source;
    this.#root = root;
    this.#found = found;
  }

  /**
   * Walks the value that begins with `byte`.
   * @param at the place of the value; `undefined` if it is not on the way
   * @param trail the keys that lead to the value
   * @param depth number of arrays and objects around the value
   */
  async *value(byte: number, at: PathNode | undefined, trail: readonly string[] = [], depth = 0): Reading {
    if (at?.isEnd) yield* this.#selected(byte);
    else if (at === undefined && !this.#explores(trail, depth)) await this.#reader.skip(byte);
    else if (byte === OPEN_OBJECT) yield* this.#object(at, trail, depth);
    else if (byte === OPEN_ARRAY) yield* this.#array(at, trail, depth);
    else {
      if (at !== undefined) this.#notOnTheWay(byte, at);
      await this.#reader.skip(byte);
    }
  }

  /** @throws MalformedInput if the value is not null */
  #notOnTheWay(byte: number, at: PathNode): void {
    const isTop = at === this.#root;
    if (byte === LETTER_N && !isTop) {
      // Some tools write null in place of an empty list.
      this.#found.couldHold = true;
      return;
    }
    const where = isTop ? "an element of the list" : `a value at ${formatPath(at.keys)}`;
    throw this.#reader.faults.here(`${where} is not an object, so nothing can be at ${namePaths(at.paths)} in it`);
  }

  /** Reads the array or the map at the end of a path: each of its values is a record. */
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

  async *#object(at: PathNode | undefined, trail: readonly string[], depth: number): Reading {
    const found = this.#found;
    const place = at === undefined ? undefined : this.#source.place();
    let leadsOn = false;
    const isParent = at !== undefined && at.holdsRecords && this.#isOnPath(at, depth);
    for (let key = yield* this.#key("{"); key !== undefined; key = yield* this.#key(",")) {
      found.explored++;
      if (isParent && found.keys.size < MAX_SIBLINGS) found.keys.add(key);
      if (at === this.#root && found.topKeys.size < MAX_SIBLINGS) found.topKeys.add(key);
      const byte = yield* this.#required();
      const next = at?.next.get(key);
      leadsOn ||= next !== undefined;
      yield* this.value(byte, next, [...trail, key], depth + 1);
    }
    if (at !== undefined && place !== undefined) this.tallies.count(at, leadsOn, place);
    if (!isParent) return;
    found.couldHold ||= leadsOn || at !== this.#root || !found.isJudged;
    found.parents++;
  }

  /** Walks every element, or only those whose number is the next key of a path. */
  async *#array(at: PathNode | undefined, trail: readonly string[], depth: number): Reading {
    if (depth >= MAX_NESTING) throw this.#reader.faults.here("lists within 1,000 others on the way to the records");
    const { paths } = this.#found;
    const picks = at?.picks;
    const others = at?.takesAll ? at : undefined;
    const place = picks === undefined ? undefined : this.#source.place();
    this.#source.pos++;
    let byte = yield* this.#required();
    if (byte === OPEN_OBJECT && trail.length > 0 && paths.size < MAX_PATHS) {
      const path = formatPath(trail);
      if (pathProblem(path) === undefined) paths.add(path);
    }
    let index = 0;
    for (; byte !== CLOSE_ARRAY; index++) {
      yield* this.value(byte, picks?.get(index) ?? others, trail, depth + 1);
      byte = yield* this.#required();
      if (byte === COMMA) {
        this.#source.pos++;
        byte = yield* this.#required();
        if (byte === CLOSE_ARRAY) throw this.#reader.faults.here("a trailing comma before ]");
      } else if (byte !== CLOSE_ARRAY) throw this.#reader.faults.here("a missing comma");
    }
    this.#source.pos++;
    if (at === undefined) return;
    const isPicked = [...(picks?.keys() ?? [])].some((number) => number < index);
    if (place !== undefined) this.tallies.count(at, isPicked || others !== undefined, place);
    const isMissing = others === undefined ? !isPicked && at.holdsRecords : index === 0;
    if (isMissing && this.#isOnPath(at, depth)) this.#found.couldHold = true;
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
  #isOnPath(at: PathNode, depth: number): boolean {
    return at !== this.#root || depth === 0;
  }

  #explores(trail: readonly string[], depth: number): boolean {
    const { matched, explored, paths } = this.#found;
    const isNear = trail.length <= MAX_DEPTH && depth <= 2 * MAX_DEPTH;
    return !matched && isNear && explored < MAX_KEYS && paths.size < MAX_PATHS;
  }
}
