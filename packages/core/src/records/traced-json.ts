import { setEarlier } from "@cloudmarker/store-api";
import { setOwn } from "../set-own.ts";
import { endOfString, endOfValue, skipSpace, stringOf } from "./json-scan.ts";
import { exactNumber } from "./raw-json.ts";

/** An object or array of a text: where it is, and what was in it. */
export interface Part {
  readonly start: number;
  /** Index behind it. */
  readonly end: number;
  /** Of an object, its keys; in the order of JavaScript, as are the values. */
  readonly keys: readonly string[] | undefined;
  readonly values: readonly unknown[];
  /** What {@link isUntouched} has found. */
  isUntouched?: boolean;
}

/** A JSON text as a value, and where each part of the value is in the text. Made by {@link parseTraced}. */
export interface Traced {
  readonly text: string;
  /**
   * Numbers that a JavaScript number cannot hold are `RawJson`; of a key that is there twice the object has the last
   * value.
   */
  readonly value: unknown;
  readonly parts: ReadonlyMap<object, Part>;
  /** Where the objects begin that have a key twice. */
  readonly repeated: ReadonlySet<number>;
}

/**
 * Reads a text that the native parser has checked.
 * @throws RangeError where it nests deeper than the stack allows
 */
export function parseTraced(text: string): Traced {
  return new TracedParser(text).parse();
}

/**
 * Whether an object or array of the text has in it, and everything below has, what it had. It is not to change any more
 * once this was asked.
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
  /** Where the object or array that was read last ends. */
  #end = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Traced {
    const value = this.#value();
    return { text: this.#text, value, parts: this.#parts, repeated: this.#repeated };
  }

  /** Reads the value at or behind {@link TracedParser.#at}, and white space behind it. */
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

  /** Passes a bracket or comma; `false` when it has passed the end of what began at `start`. */
  #next(end: number, start: number): boolean {
    const code = this.#text.charCodeAt(this.#at);
    // The first is preceded by a bracket, and every other one by a comma.
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
