import { setEarlier } from "@cloudmarker/store-api";
import { setOwn } from "../set-own.ts";
import { endOfString, endOfValue, skipSpace, stringOf } from "./json-scan.ts";
import { exactNumber } from "./raw-json.ts";

/** An object or array of a text: its place and its content. */
export interface Part {
  readonly start: number;
  /** Index behind it. */
  readonly end: number;
  /** The keys of an object. Keys and values are in the order of JavaScript. */
  readonly keys: readonly string[] | undefined;
  readonly values: readonly unknown[];
  /** The result of {@link isUntouched}. */
  isUntouched?: boolean;
}

/** A JSON text as a value, with the place of each part of the value in the text. Made by {@link parseTraced}. */
export interface Traced {
  readonly text: string;
  /**
   * Numbers that a JavaScript number cannot represent are `RawJson`. For a repeated key, the object has the last value.
   */
  readonly value: unknown;
  readonly parts: ReadonlyMap<object, Part>;
  /** The beginnings of objects with a repeated key. */
  readonly repeated: ReadonlySet<number>;
}

/**
 * Reads a text that the native parser has checked.
 * @throws RangeError if it nests deeper than the stack allows
 */
export function parseTraced(text: string): Traced {
  return new TracedParser(text).parse();
}

/**
 * Whether an object or array of the text is unchanged, with everything below it. It must not be changed after this
 * call.
 */
export function isUntouched(value: object, part: Part, { parts }: Pick<Traced, "parts">): boolean {
  part.isUntouched ??= hasSame(value, part, parts);
  return part.isUntouched;
}

function hasSame(value: object, { keys, values }: Part, parts: Traced["parts"]): boolean {
  const now: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  if (now.length !== values.length) return false;
  if (keys && !Object.keys(value).every((key, at) => key === keys[at])) return false;
  for (let at = 0; at < now.length; at++) {
    const member = now[at];
    if (member !== values[at]) return false;
    const part = typeof member === "object" && member !== null ? parts.get(member) : undefined;
    if (part && !isUntouched(member as object, part, { parts })) return false;
  }
  return true;
}

class TracedParser {
  readonly #text: string;
  readonly #parts = new Map<object, Part>();
  readonly #repeated = new Set<number>();
  #at = 0;
  /** The end of the object or array that was read last. */
  #end = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Traced {
    const value = this.#value();
    return { text: this.#text, value, parts: this.#parts, repeated: this.#repeated };
  }

  /** Reads the next value, from {@link TracedParser.#at} on, and the white space behind it. */
  #value(): unknown {
    this.#space();
    switch (this.#text.charCodeAt(this.#at)) {
      case 0x7b:
        return this.#object();
      case 0x5b:
        return this.#array();
      case 0x22:
        return this.#string();
      case 0x74:
        return this.#literal(true, 4);
      case 0x66:
        return this.#literal(false, 5);
      case 0x6e:
        return this.#literal(null, 4);
      default:
        return this.#number();
    }
  }

  #object(): object {
    const start = this.#at;
    const result: Record<string, unknown> = {};
    const earlier: [string, unknown][] = [];
    while (this.#next(0x7d, start)) {
      const key = this.#string();
      this.#at++;
      const value = this.#value();
      if (Object.hasOwn(result, key)) earlier.push([key, result[key]]);
      if (key === "__proto__") setOwn(result, key, value);
      else result[key] = value;
    }
    if (earlier.length > 0) {
      this.#repeated.add(start);
      setEarlier(result, earlier);
    }
    this.#parts.set(result, { start, end: this.#end, keys: Object.keys(result), values: Object.values(result) });
    return result;
  }

  #array(): unknown[] {
    const start = this.#at;
    const result: unknown[] = [];
    while (this.#next(0x5d, start)) result.push(this.#value());
    this.#parts.set(result, { start, end: this.#end, keys: undefined, values: result.slice() });
    return result;
  }

  /** Moves behind a bracket or comma; `false` if that was the end of the object or array that began at `start`. */
  #next(end: number, start: number): boolean {
    const code = this.#text.charCodeAt(this.#at);
    // A bracket is before the first member or element, a comma before every other one.
    if (this.#at === start || code === 0x2c) {
      this.#at++;
      this.#space();
      if (this.#text.charCodeAt(this.#at) !== end) return true;
    }
    this.#end = ++this.#at;
    this.#space();
    return false;
  }

  #string(): string {
    return stringOf(this.#take(endOfString(this.#text, this.#at)));
  }

  #number(): unknown {
    return exactNumber(this.#take(endOfValue(this.#text, this.#at)));
  }

  #literal<T>(value: T, length: number): T {
    this.#take(this.#at + length);
    return value;
  }

  #take(end: number): string {
    const taken = this.#text.slice(this.#at, end);
    this.#at = end;
    this.#space();
    return taken;
  }

  #space(): void {
    this.#at = skipSpace(this.#text, this.#at);
  }
}
