import { EARLIER, isRawJson } from "@cloudmarker/store-api";
import { endOfString, endOfValue, skipSpace, stringOf } from "./json-scan.ts";
import { isPlainObject } from "../realms.ts";
import { sameScalar } from "./same-scalar.ts";
import { type Traced, isUntouched } from "./traced-json.ts";

/** Thrown if a tap has copied a `RawJson` into a plain object, which is no longer a number. */
export class CopiedNumberError extends Error {
  readonly copy: object;

  constructor(copy: object) {
    super();
    this.copy = copy;
  }
}

/**
 * Writes a value that was made from a text. It keeps the text of every unchanged part: number literals, escapes, white
 * space, repeated keys, the order of keys. A part at its old place is recognised by comparison; an object or array that
 * was moved, by its identity. Everything else is written anew.
 *
 * @returns the text itself if nothing has changed
 * @throws CopiedNumberError
 * @throws any other error if JSON cannot represent the value, so that it must be normalised first, or if it nests too
 * deeply
 */
export function rewrite(value: unknown, source: Traced): string {
  return new Rewriter(source).at(skipSpace(source.text, 0), value);
}

type Members = Readonly<Record<string, unknown>>;

class Rewriter {
  readonly #source: Traced;
  readonly #text: string;
  /** The output so far, and the index up to which the text was used. */
  #out = "";
  #copied = 0;
  #lengths: Map<number, number> | undefined;

  constructor(source: Traced) {
    this.#source = source;
    this.#text = source.text;
  }

  /** The text of a value. Its counterpart in the old text begins at `start`. */
  at(start: number, value: unknown): string {
    const [out, copied] = [this.#out, this.#copied];
    this.#out = "";
    this.#copied = start;
    const end = this.#value(start, value);
    const written = this.#out + this.#text.slice(this.#copied, end);
    this.#out = out;
    this.#copied = copied;
    return written;
  }

  /**
   * Compares a value with the text at `start` and writes the differences. @returns the index behind the value in the
   * text
   */
  #value(start: number, value: unknown): number {
    if (typeof value === "object" && value !== null && !isRawJson(value)) {
      const own = this.#source.parts.get(value);
      if (own === undefined || own.start === start) {
        if (own && isUntouched(value, own, this.#source)) return own.end;
        const code = this.#text.charCodeAt(start);
        if (Array.isArray(value)) {
          if (code === 0x5b) return this.#array(start, value);
        } else if (code === 0x7b && !this.#isCopiedNumber(value, start)) return this.#object(start, membersOf(value));
      }
    }
    const end = endOfValue(this.#text, start);
    if (!sameScalar(this.#text, start, end, value)) this.#put(start, end, this.#fresh(value));
    return end;
  }

  #object(start: number, value: Members): number {
    if (this.#source.repeated.has(start)) return this.#repeated(start, value);
    let kept = 0;
    /** Beginning of the removed members, as long as no member is kept before them. */
    let cutFrom = -1;
    let end = start + 1;
    const close = this.#each(start, (keyAt, key, valueAt) => {
      const behind = end;
      if (isMember(value, key)) {
        if (cutFrom !== -1) this.#put(cutFrom, keyAt, "");
        cutFrom = -1;
        kept++;
        end = this.#value(valueAt, value[key]);
      } else {
        end = endOfValue(this.#text, valueAt);
        if (kept > 0) this.#put(behind, end, "");
        else if (cutFrom === -1) cutFrom = keyAt;
      }
      return end;
    });
    if (cutFrom !== -1) this.#put(cutFrom, close, "");
    if (Object.keys(value).length > kept) this.#put(close, close, this.#added(start, value, kept > 0));
    return close + 1;
  }

  /** The members that the object in the text lacks. */
  #added(start: number, value: Members, follows: boolean): string {
    const there = new Set<string>();
    this.#each(start, (_keyAt, key, valueAt) => {
      there.add(key);
      return endOfValue(this.#text, valueAt);
    });
    return this.#members(value, (key) => !there.has(key), follows);
  }

  /**
   * An object with a repeated key: the last value counts. If it is changed or removed, the earlier ones are removed.
   */
  #repeated(start: number, value: Members): number {
    const parts: { readonly key: string; readonly label: string; readonly valueAt: number; readonly text: string }[] =
      [];
    const last = new Map<string, number>();
    const close = this.#each(start, (keyAt, key, valueAt) => {
      const end = endOfValue(this.#text, valueAt);
      last.set(key, parts.length);
      parts.push({ key, label: this.#text.slice(keyAt, valueAt), valueAt, text: this.#text.slice(valueAt, end) });
      return end;
    });
    /** The present members, by key. */
    const now = new Map<string, string>();
    for (const [key, at] of last) if (isMember(value, key)) now.set(key, this.at(parts[at]?.valueAt ?? 0, value[key]));
    const dropsEarlier = (value as { [EARLIER]?: readonly unknown[] })[EARLIER]?.length === 0;
    const written = parts.flatMap(({ key, label }, at) => {
      const text = now.get(key);
      if (text === undefined) return [];
      const lastAt = last.get(key) ?? at;
      if (at === lastAt) return [label + text];
      return dropsEarlier || text !== parts[lastAt]?.text ? [] : [label + (parts[at]?.text ?? "")];
    });
    const added = this.#members(value, (key) => !last.has(key), written.length > 0);
    const isChanged =
      added !== "" ||
      written.length < parts.length ||
      parts.some(({ key, text }, at) => last.get(key) === at && now.get(key) !== text);
    if (isChanged) this.#put(start, close + 1, `{${written.join(",")}${added}}`);
    return close + 1;
  }

  #array(start: number, value: readonly unknown[]): number {
    if (this.#lengthAt(start) !== value.length) return this.#resized(start, value);
    let at = skipSpace(this.#text, start + 1);
    for (const element of value) at = this.#behindComma(this.#value(at, element));
    return at + 1;
  }

  /** Number of elements of the array in the text. */
  #lengthAt(start: number): number | undefined {
    if (!this.#lengths) {
      this.#lengths = new Map();
      for (const { start: at, keys, values } of this.#source.parts.values())
        if (!keys) this.#lengths.set(at, values.length);
    }
    return this.#lengths.get(start);
  }

  /** An array of another length: the remaining elements are found again, in the order of the text. */
  #resized(start: number, value: readonly unknown[]): number {
    const starts: number[] = [];
    let end = skipSpace(this.#text, start + 1);
    while (this.#text.charCodeAt(end) !== 0x5d) {
      starts.push(end);
      end = this.#behindComma(endOfValue(this.#text, end));
    }
    let next = 0;
    /** The most comparisons, so that two long arrays without common elements are not compared each with each. */
    let looks = 4 * (starts.length + value.length);
    const find = (element: unknown): number => {
      for (let at = next; at < starts.length && looks > 0; at++, looks--)
        if (this.#stands(starts[at] ?? 0, element)) return at;
      return -1;
    };
    const written = Array.from(value, (element, index) => {
      const found = find(element);
      // Not found, and more elements follow than are left in the text: this element was added.
      if (found === -1 && value.length - index > starts.length - next) return this.#element(element);
      const at = found === -1 ? next : found;
      next = at + 1;
      return this.at(starts[at] ?? 0, element);
    });
    this.#put(start, end + 1, `[${written.join(",")}]`);
    return end + 1;
  }

  /** Whether an element is the one at `start`: the same object or array, or the same scalar. */
  #stands(start: number, element: unknown): boolean {
    const own = typeof element === "object" && element !== null ? this.#source.parts.get(element) : undefined;
    return own ? own.start === start : sameScalar(this.#text, start, endOfValue(this.#text, start), element);
  }

  /** The text of a value that has no counterpart in the text. */
  #fresh(value: unknown): string {
    if (typeof value === "string" || typeof value === "boolean" || value === null) return JSON.stringify(value);
    if (typeof value === "number" && Number.isFinite(value)) return Object.is(value, -0) ? "-0" : JSON.stringify(value);
    if (typeof value !== "object") throw new TypeError("not JSON");
    if (isRawJson(value)) return value.rawJSON;
    const own = this.#source.parts.get(value);
    if (this.#isCopiedNumber(value, own?.start)) return digitsOf(value, this.#text);
    if (own) return this.at(own.start, value);
    if (Array.isArray(value))
      return `[${Array.from(value as unknown[], (element) => this.#element(element)).join(",")}]`;
    return `{${this.#members(membersOf(value), () => true, false)}}`;
  }

  #element(element: unknown): string {
    return element === undefined ? "null" : this.#fresh(element);
  }

  /** The text of members that are added behind others. */
  #members(value: Members, isWanted: (key: string) => boolean, follows: boolean): string {
    let text = "";
    for (const key of Object.keys(value)) {
      if (!isWanted(key) || !isMember(value, key)) continue;
      text += `${follows || text !== "" ? "," : ""}${JSON.stringify(key)}:${this.#fresh(value[key])}`;
    }
    return text;
  }

  /**
   * Whether an object is a copy of a `RawJson`, as a copy key by key makes it: it has only the digits, and the text has
   * no such object at its place.
   */
  #isCopiedNumber(value: object, counterpart: number | undefined): value is { readonly rawJSON: string } {
    if (typeof (value as { rawJSON?: unknown }).rawJSON !== "string" || Object.keys(value).length !== 1) return false;
    return counterpart === undefined || !this.#hasKey(counterpart, "rawJSON");
  }

  #hasKey(start: number, wanted: string): boolean {
    let found = false;
    if (this.#text.charCodeAt(start) !== 0x7b) return found;
    this.#each(start, (_keyAt, key, valueAt) => {
      found ||= key === wanted;
      return endOfValue(this.#text, valueAt);
    });
    return found;
  }

  /**
   * Calls `member` for each member in the text; that returns the end of the value. @returns the place of the closing
   * brace
   */
  #each(start: number, member: (keyAt: number, key: string, valueAt: number) => number): number {
    let at = skipSpace(this.#text, start + 1);
    while (this.#text.charCodeAt(at) !== 0x7d) {
      const keyEnd = endOfString(this.#text, at);
      const valueAt = skipSpace(this.#text, skipSpace(this.#text, keyEnd) + 1);
      at = this.#behindComma(member(at, stringOf(this.#text.slice(at, keyEnd)), valueAt));
    }
    return at;
  }

  /** The place behind a value and its comma. */
  #behindComma(end: number): number {
    const at = skipSpace(this.#text, end);
    return this.#text.charCodeAt(at) === 0x2c ? skipSpace(this.#text, at + 1) : at;
  }

  /** Replaces a part of the text. */
  #put(from: number, to: number, text: string): void {
    this.#out += this.#text.slice(this.#copied, from) + text;
    this.#copied = to;
  }
}

/**
 * The digits of a number that was copied as an object. If the text itself has such a key, the two cannot be told apart.
 */
function digitsOf(copy: { readonly rawJSON: string }, text: string): string {
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(copy.rawJSON) || text.includes('"rawJSON"'))
    throw new CopiedNumberError(copy);
  return copy.rawJSON;
}

function membersOf(value: object): Members {
  if (!isPlainObject(value) || typeof (value as { toJSON?: unknown }).toJSON === "function")
    throw new TypeError("not JSON");
  return value as Members;
}

function isMember(value: Members, key: string): boolean {
  return Object.hasOwn(value, key) && value[key] !== undefined;
}
