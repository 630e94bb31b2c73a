import { types } from "node:util";
import { readId, readTyped } from "./document.ts";
import type { SentDocument } from "./document.ts";
import { display } from "./display.ts";
import { CommandError } from "./errors.ts";
import type { WriteFault } from "./faults.ts";
import type { Doc } from "./wire.ts";

/** What a collection is, as `listCollections` says it. */
export interface CollectionSpec {
  /** @default "collection" */
  readonly type?: "collection" | "view" | "timeseries";
  /**
   * Such as `{ capped: true, size: 4096, max: 10 }`, `{ validator: … }`, `{ viewOn: … }`, `{ timeseries: { timeField:
   * "time" } }`. `capped.max` and `timeseries.timeField` are obeyed, the others only told: to refuse documents, script
   * write errors.
   * @default {}
   */
  readonly options?: Doc;
}

/** An index as it was asked for. It is recorded and not kept: to break a unique one, script write errors. */
export interface IndexSpec {
  readonly name: string;
  readonly key: Doc;
  readonly [option: string]: unknown;
}

/** A collection in memory. */
export class Collection {
  readonly ns: string;
  readonly type: "collection" | "view" | "timeseries";
  readonly options: Doc;
  readonly indexes: IndexSpec[];
  readonly #documents = new Map<string, Buffer>();
  #seen = 0;

  constructor(ns: string, { type = "collection", options = {} }: CollectionSpec = {}) {
    this.ns = ns;
    this.type = type;
    this.options = options;
    this.indexes = type === "collection" ? [{ v: 2, key: { _id: 1 }, name: "_id_" }] : [];
  }

  /** The documents by the text of their `_id`; of a time-series collection, by that text and a running number. */
  get documents(): ReadonlyMap<string, Buffer> {
    return this.#documents;
  }

  /** Takes a document, or says why not. */
  add(document: SentDocument, maxBytes: number): WriteFault | undefined {
    const { bytes } = document;
    if (bytes.length > maxBytes) {
      const errmsg = `object to insert too large. size in bytes: ${bytes.length}, max size: ${maxBytes}`;
      return { code: 2, errmsg };
    }
    return this.type === "timeseries" ? this.#addMeasurement(document) : this.#addUnique(document);
  }

  /** Records an index. Repeating one changes nothing, changing one is refused, as MongoDB does. */
  addIndex(spec: IndexSpec): void {
    const { name, key } = spec;
    const namesake = this.indexes.find((index) => index.name === name);
    if (namesake && !isSame(namesake.key, key)) {
      const message = `An existing index has the same name as the requested index but another key: ${display(spec)}`;
      throw new CommandError(86, message);
    }
    const twin = this.indexes.find((index) => isSame(index.key, key));
    if (twin && !isSame(settings(twin), settings(spec))) {
      throw new CommandError(85, `An equivalent index already exists with a different name or options: ${twin.name}`);
    }
    if (!twin) this.indexes.push({ v: 2, ...spec });
  }

  #addUnique({ id, bytes }: SentDocument): WriteFault | undefined {
    if (this.#documents.has(id)) {
      const keyValue = { _id: readId(bytes) };
      const errmsg = `E11000 duplicate key error collection: ${this.ns} index: _id_ dup key: ${display(keyValue)}`;
      return { code: 11000, errmsg, keyPattern: { _id: 1 }, keyValue };
    }
    const unfit = unfitType(id, bytes);
    if (unfit) return { code: 53, errmsg: `The '_id' value cannot be of type ${unfit}` };
    this.#documents.set(id, bytes);
    const max = this.options["max"];
    if (this.options["capped"] && typeof max === "number" && this.#documents.size > max) this.#forgetOldest();
    return undefined;
  }

  /** A time-series collection has no unique index, so a document that comes twice is there twice. */
  #addMeasurement({ id, bytes }: SentDocument): WriteFault | undefined {
    const { timeField } = this.options["timeseries"] as { timeField: string };
    if (!types.isDate(readTyped(bytes)[timeField])) {
      return { code: 2, errmsg: `'${timeField}' must be present and contain a valid BSON UTC datetime value` };
    }
    this.#documents.set(`${id} #${++this.#seen}`, bytes);
    return undefined;
  }

  #forgetOldest(): void {
    for (const oldest of this.#documents.keys()) {
      this.#documents.delete(oldest);
      return;
    }
  }
}

/** What kind of thing an `_id` is that may be none. */
function unfitType(id: string, bytes: Buffer): string | undefined {
  // Only the text of such a thing begins so, or a string with that beginning.
  if (!/^[[{]/.test(id)) return undefined;
  const value = readId(bytes);
  if (Array.isArray(value)) return "array";
  return types.isRegExp(value) ? "regex" : undefined;
}

function settings(spec: IndexSpec): Doc {
  const told = Object.entries(spec).filter(([name]) => name !== "v");
  return Object.fromEntries(told.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** In the key of an index the order of the fields counts. */
function isSame(a: Doc, b: Doc): boolean {
  return display(a) === display(b);
}
