import { types } from "node:util";
import { isObject } from "../realms.ts";
import { Entry, heldText } from "../records/entry.ts";
import { JsonText } from "../records/json-text.ts";
import { asJsonText, jsonText } from "../reader/read-json-text.ts";

/** At most so many bytes of an iterable are read before there is room for its records. */
const HELD_BYTES = 512 * 1024;

/** The size that is assumed of an input whose size is unknown. */
const SMALL_BYTES = 64;

/** An input that was not a record when it was held. It is rejected when its turn comes. */
class Unfit {
  readonly cause: unknown;

  constructor(cause: unknown) {
    this.cause = cause;
  }
}

/**
 * Keeps the input as it is now, for a `write` whose turn comes later: the caller may change the object, the bytes or
 * the list afterwards. Of an iterable, {@link HELD_BYTES} are read now and the rest when there is room. An async
 * iterable is read when there is room.
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
    // The records before the failure are taken first, then the error is passed on.
    return resume(held, failing(error));
  }
  return resume(held, Array.isArray(input) ? restOf(input, held.length) : iterator);
}

/** The rest of a list, copied, since the caller may change the list. Its records are read when there is room. */
export function restOf(list: readonly unknown[], from: number): Iterator<unknown> {
  return list.slice(from).values();
}

/**
 * Turns one input into an object or a {@link JsonText}.
 * @throws CloudmarkerError `RECORD_INVALID`
 * @throws TypeError if it is not an object, text or bytes
 */
export function recordIn(input: unknown): object {
  if (typeof input === "string") return jsonText(input);
  if (!isObject(input))
    throw new TypeError(`a record is an object, not ${input === null ? "null" : `a ${typeof input}`}`);
  // The common case first: a plain object needs none of the checks below.
  if (Object.getPrototypeOf(input) === Object.prototype || input instanceof JsonText) return input;
  if (isBytes(input)) return jsonText(utf8.decode(input));
  if (input instanceof Unfit) throw input.cause;
  return asJsonText(input) ?? input;
}

/**
 * Whether an input is many records. If reading it throws, as a Proxy may, it counts as one record and is rejected with
 * the reason.
 */
export function isBatch(input: unknown): input is Iterable<unknown> {
  try {
    // Not `Symbol.iterator in input`: that takes ten times as long for objects of many shapes.
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
  // A text cannot change. Anything else here is rejected when its turn comes.
  if (!isObject(input)) return input;
  try {
    const record = recordIn(input);
    if (record instanceof JsonText || record instanceof Entry) return record;
    // As text and not as an entry: the origin is known only after the configuration was read.
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

/** The records that are held, then the rest. Not a generator, which would be slower for each record. */
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

/** Not by `instanceof`: a program may have several realms (vm, jest), each with its own `Uint8Array`. */
function isBytes(input: object): input is Uint8Array {
  return ArrayBuffer.isView(input) && types.isUint8Array(input);
}
