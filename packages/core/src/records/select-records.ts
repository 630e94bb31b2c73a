import { CloudmarkerError } from "../errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { formatPath } from "./json-path.ts";
import type { Reading, RecordReader } from "./record-reader.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** How far the parts that are passed over are looked at, to say where arrays of objects are. */
const MAX_DEPTH = 4;
const MAX_PATHS = 20;
const MAX_KEYS = 2_000;

/**
 * Reads the records at a path of every document of the source, and passes over the rest, which is followed but not checked.
 * @throws CloudmarkerError `INPUT_MALFORMED`, also where no document has that path
 */
export async function* readSelected(
  reader: RecordReader,
  source: ByteSource,
  path: readonly string[],
  select: string,
): Reading {
  const walk = new SelectWalk(reader, source, path);
  let documents = 0;
  for (;;) {
    const byte = yield* reader.nextDocument();
    if (byte === -1) break;
    if (byte !== OPEN_OBJECT && byte !== OPEN_ARRAY) throw await reader.noDocument();
    yield* walk.value(byte, 0, []);
    documents++;
  }
  if (walk.matched || documents === 0) return;
  const paths = [...walk.paths].map((found) => `  --select ${found}`);
  const details =
    paths.length > 0
      ? `Arrays of objects are at:\n${paths.join("\n")}`
      : "The input holds no array of objects near its top.";
  throw new CloudmarkerError("INPUT_MALFORMED", `${reader.name}: nothing is at the path ${JSON.stringify(select)}`, {
    details,
  });
}

/** Walks documents along a path; what is off the path is skipped, and while nothing matched it is looked at on the way. */
class SelectWalk {
  matched: boolean = false;
  /** Paths that hold arrays of objects. */
  readonly paths: Set<string> = new Set();
  readonly #reader: RecordReader;
  readonly #source: ByteSource;
  readonly #path: readonly string[];
  #keys = 0;

  constructor(reader: RecordReader, source: ByteSource, path: readonly string[]) {
    this.#reader = reader;
    this.#source = source;
    this.#path = path;
  }

  /** Walks the value that begins with `byte`; `at` keys of the path have matched; `undefined`: it is off the path. */
  async *value(byte: number, at: number | undefined, trail: readonly string[]): Reading {
    if (at === this.#path.length) yield* this.#selected(byte);
    else if (at === undefined && !this.#explores(trail)) await this.#skip(byte);
    else if (byte === OPEN_OBJECT) yield* this.#object(at, trail);
    else if (byte === OPEN_ARRAY) yield* this.#array(at, trail);
    else await this.#skip(byte);
  }

  /** Every value of the array or the map at the end of the path is a record. */
  async *#selected(byte: number): Reading {
    this.matched = true;
    if (byte === OPEN_ARRAY) yield* this.#reader.elements();
    else if (byte === OPEN_OBJECT) yield* this.#map();
    else if (byte === 0x6e) await this.#skip(byte);
    else throw this.#reader.fault("the selected value is neither an array nor a map of objects");
  }

  async *#map(): Reading {
    for (let key = yield* this.#key("{"); key !== undefined; key = yield* this.#key(",")) {
      const byte = yield* this.#required();
      if (byte !== OPEN_OBJECT)
        throw this.#reader.fault(`the selected map holds a value that is no object, at ${JSON.stringify(key)}`);
      yield* this.#reader.record();
    }
  }

  async *#object(at: number | undefined, trail: readonly string[]): Reading {
    for (let key = yield* this.#key("{"); key !== undefined; key = yield* this.#key(",")) {
      this.#keys++;
      const byte = yield* this.#required();
      yield* this.value(byte, at !== undefined && key === this.#path[at] ? at + 1 : undefined, [...trail, key]);
    }
  }

  /** Goes through every element, or only the one whose number is the next key of the path. */
  async *#array(at: number | undefined, trail: readonly string[]): Reading {
    const wanted = at === undefined ? undefined : this.#path[at];
    const one = wanted !== undefined && /^\d+$/.test(wanted) ? Number(wanted) : undefined;
    this.#source.pos++;
    let byte = yield* this.#required();
    if (byte === OPEN_OBJECT && trail.length > 0 && this.paths.size < MAX_PATHS) this.paths.add(formatPath(trail));
    for (let index = 0; byte !== CLOSE_ARRAY; index++) {
      const next = one === undefined || at === undefined ? at : one === index ? at + 1 : undefined;
      yield* this.value(byte, next, trail);
      byte = yield* this.#required();
      if (byte === COMMA) {
        this.#source.pos++;
        byte = yield* this.#required();
        if (byte === CLOSE_ARRAY) throw this.#reader.fault("a trailing comma before ]");
      } else if (byte !== CLOSE_ARRAY) throw this.#reader.fault("a missing comma");
    }
    this.#source.pos++;
  }

  /** The next key of an object, its colon passed; undefined behind the last one. `{` stands for the first key, `,` for any other. */
  async *#key(before: "{" | ","): Reading<string | undefined> {
    const source = this.#source;
    let byte = yield* this.#required();
    if (byte === CLOSE_OBJECT && before === ",") {
      source.pos++;
      return undefined;
    }
    if (byte !== before.charCodeAt(0)) throw this.#reader.fault("a missing comma");
    source.pos++;
    byte = yield* this.#required();
    if (byte === CLOSE_OBJECT && before === "{") {
      source.pos++;
      return undefined;
    }
    if (byte !== QUOTE)
      throw this.#reader.fault(byte === CLOSE_OBJECT ? "a trailing comma before }" : "a key that is no string");
    const key = await this.#reader.skip(true);
    if ((yield* this.#required()) !== COLON) throw this.#reader.fault("a missing colon");
    source.pos++;
    try {
      return JSON.parse(key) as string;
    } catch {
      throw this.#reader.fault(`a key that is no JSON string: ${key.slice(0, 60)}`);
    }
  }

  async *#required(): Reading<number> {
    const byte = yield* this.#reader.next();
    if (byte === -1) throw this.#reader.cutOff();
    return byte;
  }

  #explores(trail: readonly string[]): boolean {
    return !this.matched && trail.length <= MAX_DEPTH && this.#keys < MAX_KEYS && this.paths.size < MAX_PATHS;
  }

  async #skip(byte: number): Promise<void> {
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY || byte === QUOTE) await this.#reader.skip();
    else await this.#reader.skipLiteral();
  }
}
