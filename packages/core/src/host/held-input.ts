import { types } from "node:util";
import { isObject } from "../realms.ts";
import { Entry, heldText } from "../records/entry.ts";
import { JsonText } from "../records/json-text.ts";
import { asJsonText, jsonText } from "../reader/read-json-text.ts";

/** Bytes of records that are read of one iterable before there is room for them. */
const HELD_BYTES = 512 * 1024;

/** What stands for an input in that bound whose size nobody knows. */
const SMALL_BYTES = 64;

/** Stands for an input that was no record when it was held; it is refused when its turn comes. */
class Unfit {
  readonly cause: unknown;

  constructor(cause: unknown) {
    this.cause = cause;
  }
}

/**
 * The input as it is now, for a `write` whose turn comes later: what the caller does to an object, to bytes or to a list afterwards changes
 * nothing. Of an iterable as much is read as {@link HELD_BYTES} hold; the rest, and an async iterable, is read when there is room.
 */
export function holdInput(input: unknown): unknown {
  if (isAsyncIterable(input)) return input;
  if (!isBatch(input)) return holdRecord(input);
  const held: unknown[] = [];
  let iterator: Iterator<unknown>;
  try {
    iterator = input[Symbol.iterator]();
    for (let bytes = 0; bytes < HELD_BYTES;) {
      const next = iterator.next();
      if (next.done) return held;
      const record = holdRecord(next.value);
      bytes += sizeOf(record);
      held.push(record);
    }
  } catch (error) {
    // What the producer gave before it failed is taken before its error is passed on.
    return resume(held, failing(error));
  }
  return resume(held, Array.isArray(input) ? restOf(input, held.length) : iterator);
}

/** What is left of a list, safe from what the caller does to the list itself; its records are read when there is room. */
export function restOf(list: readonly unknown[], from: number): Iterator<unknown> {
  return list.slice(from).values();
}

/**
 * One input as something that can become a record.
 * @throws CloudmarkerError `RECORD_INVALID`
 * @throws TypeError for what is no object, text or bytes
 */
export function recordIn(input: unknown): object {
  if (typeof input === "string") return jsonText(input);
  if (!isObject(input))
    throw new TypeError(`a record is an object, not ${input === null ? "null" : `a ${typeof input}`}`);
  // Most are plain, and then they are nothing of what follows.
  if (Object.getPrototypeOf(input) === Object.prototype || input instanceof JsonText) return input;
  if (isBytes(input)) return jsonText(utf8.decode(input));
  if (input instanceof Unfit) throw input.cause;
  return asJsonText(input) ?? input;
}

/** Whether an input is many records rather than one. A Proxy may refuse to say: then it is one record, which is refused with the reason. */
export function isBatch(input: unknown): input is Iterable<unknown> {
  try {
    // Read, not looked for with `in`: that takes ten times as long for objects of many shapes.
    return isObject(input) && (input as Partial<Iterable<unknown>>)[Symbol.iterator] !== undefined && !isBytes(input);
  } catch {
    return false;
  }
}

/** Whether an input is many records that come one by one. */
export function isAsyncIterable(input: unknown): input is AsyncIterable<unknown> {
  try {
    return isObject(input) && (input as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] !== undefined;
  } catch {
    return false;
  }
}

function holdRecord(input: unknown): unknown {
  // Nobody can change it; what is no text either is refused when its turn comes.
  if (!isObject(input)) return input;
  try {
    const record = recordIn(input);
    if (record instanceof JsonText || record instanceof Entry) return record;
    // Where it came from is known once the configuration is read.
    return heldText(record);
  } catch (cause) {
    return new Unfit(cause);
  }
}

function sizeOf(held: unknown): number {
  if (typeof held === "string") return held.length;
  if (held instanceof JsonText) return held.bytes;
  return held instanceof Entry ? held.headBytes : SMALL_BYTES;
}

/** What is held, then the rest. No generator: each record of a run that began before the host was open would go through it. */
function resume(held: readonly unknown[], rest: Iterator<unknown>): Iterable<unknown> {
  let at = 0;
  return {
    [Symbol.iterator]: () => ({
      next: () => (at < held.length ? { done: false, value: held[at++] } : rest.next()),
      return(value?: unknown) {
        rest.return?.();
        return { done: true, value };
      },
    }),
  };
}

function failing(error: unknown): Iterator<unknown> {
  return {
    next() {
      throw error;
    },
  };
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** By its kind, not its class: a program may have several realms (vm, jest), each with a class of its own. */
function isBytes(input: object): input is Uint8Array {
  return ArrayBuffer.isView(input) && types.isUint8Array(input);
}
