import { types } from "node:util";
import { isError, isRawJson } from "@cloudmarker/store-api";
import { errorOf } from "../errors/error-of.ts";
import { isCloudmarkerError, messageOf } from "../errors.ts";
import { isPlainObject } from "../realms.ts";
import { setOwn } from "../set-own.ts";
import { rawJson } from "./raw-json.ts";

/**
 * Rewrites a value so that JSON can represent it, or reports why it cannot. The rule: a value with a faithful
 * JSON form gets that form. A value without one rejects the record, and the error names its path. No value becomes
 * `null` or `{}` silently.
 *
 * | value | becomes |
 * |---|---|
 * | BigInt, `JSON.rawJSON` | its exact digits |
 * | `-0` | `0` |
 * | an object with `toJSON` (Date, URL, …) | what that returns |
 * | Map | an object, or an array of `[key, value]` if a key is not a string |
 * | Set | an array |
 * | Buffer, Uint8Array, Uint8ClampedArray, ArrayBuffer, DataView | a base64 string |
 * | any other typed array | an array of numbers |
 * | RegExp | a string, such as `"/a+/i"` |
 * | Error | `{ name, message }`, and `cause` and `errors` where it has them |
 * | an instance of any other class, or any of these with enumerable members of its own | an object of these members |
 * | `undefined`, a function, a symbol | left out of an object, `null` in an array, as JSON does |
 * | a member whose key is a symbol | left out, as JSON does |
 * | NaN, Infinity, an invalid Date | rejected |
 * | an instance of another class without members (Promise, WeakMap, URLSearchParams, …) | rejected |
 * | a cycle, a getter or `toJSON` that throws, a revoked Proxy | rejected |
 * | nesting deeper than the stack allows, or text longer than a string may be | rejected |
 * | no object at the top: an array, a Set, a `toJSON` that yields nothing | rejected |
 *
 * @throws CloudmarkerError `RECORD_INVALID`
 * @throws RangeError if the value nests too deeply
 */
export function toJsonValue(value: object): object {
  const result = new JsonValueWriter().value(value, "");
  if (typeof result === "object" && result !== null && !Array.isArray(result) && !isRawJson(result)) return result;
  const kind = Array.isArray(result) ? "an array" : result === undefined ? "nothing" : `a ${typeof result}`;
  throw errorOf("RECORD_INVALID", "noObject", { kind });
}

class JsonValueWriter {
  readonly #path: (string | number)[] = [];
  readonly #open: Set<object> = new Set();

  /** The value to write in place of a value; `undefined` to leave it out. `key` is the argument of `toJSON`. */
  value(value: unknown, key: string, mayConvert: boolean = true): unknown {
    switch (typeof value) {
      case "bigint":
        return mayConvert && "toJSON" in Object(value)
          ? this.#converted(Object(value) as object, key)
          : rawJson(String(value));
      case "number":
        return Number.isFinite(value) ? value : this.#reject(`${value} has no form in JSON`);
      case "function":
      case "symbol":
        return undefined;
      case "object":
        return value === null || isRawJson(value) ? value : this.#guarded(value, key, mayConvert);
      default:
        return value;
    }
  }

  #guarded(value: object, key: string, mayConvert: boolean): unknown {
    if (this.#open.has(value) && mayConvert) this.#reject("the value contains itself");
    this.#open.add(value);
    try {
      return this.#object(value, key, mayConvert);
    } catch (error) {
      if (isCloudmarkerError(error) || isError(error, "RangeError")) throw error;
      return this.#reject(messageOf(error));
    } finally {
      this.#open.delete(value);
    }
  }

  #object(value: object, key: string, mayConvert: boolean): unknown {
    if (Array.isArray(value)) return this.#list(value);
    if (types.isDate(value) && Number.isNaN(value.getTime())) this.#reject("an invalid Date has no form in JSON");
    const bytes = bytesOf(value);
    if (bytes !== undefined) return bytes.toString("base64");
    if (mayConvert && typeof (value as { toJSON?: unknown }).toJSON === "function") return this.#converted(value, key);
    if (types.isTypedArray(value)) return this.#list(value);
    if (types.isBoxedPrimitive(value)) return this.value(value.valueOf(), key);
    const keys = Object.keys(value);
    if (keys.length > 0 || isPlainObject(value)) return this.#members(keys.map((name) => [name, value] as const));
    if (types.isMap(value)) return this.#map(value);
    if (types.isSet(value)) return this.#list(value);
    if (types.isRegExp(value)) return String(value);
    if (isError(value)) {
      return this.#members(
        ["name", "message", "cause", "errors"].filter((name) => name in value).map((name) => [name, value]),
      );
    }
    return this.#reject(`an instance of ${value.constructor?.name ?? "a class"} has nothing that JSON holds`);
  }

  #converted(value: object, key: string): unknown {
    const converted: unknown = (value as { toJSON: (key: string) => unknown }).toJSON(key);
    return this.value(converted, key, false);
  }

  #list(values: Iterable<unknown>): unknown[] {
    const result: unknown[] = [];
    for (const element of values) result.push(this.#at(result.length, element) ?? null);
    return result;
  }

  #map(map: Map<unknown, unknown>): unknown {
    const entries = [...map];
    if (!entries.every(([key]) => typeof key === "string")) return this.#list(entries);
    const result = {};
    for (const [key, member] of entries) this.#set(result, String(key), member);
    return result;
  }

  #members(members: readonly (readonly [string, object])[]): object {
    const result = {};
    for (const [key, owner] of members) {
      this.#path.push(key);
      const member = this.#read(owner, key);
      this.#path.pop();
      this.#set(result, key, member);
    }
    return result;
  }

  #read(owner: object, key: string): unknown {
    try {
      return (owner as Record<string, unknown>)[key];
    } catch (error) {
      return this.#reject(messageOf(error));
    }
  }

  #set(target: object, key: string, member: unknown): void {
    const value = this.#at(key, member);
    if (value !== undefined) setOwn(target, key, value);
  }

  #at(key: string | number, member: unknown): unknown {
    this.#path.push(key);
    const value = this.value(member, String(key));
    this.#path.pop();
    return value;
  }

  #reject(why: string): never {
    let path = "";
    for (const key of this.#path) path += typeof key === "number" ? `[${key}]` : path === "" ? key : `.${key}`;
    throw errorOf("RECORD_INVALID", "value", { path, why });
  }
}

/** The bytes of a value that contains bytes. Typed arrays of larger numbers are lists. */
function bytesOf(value: object): Buffer | undefined {
  if (types.isUint8Array(value) || types.isUint8ClampedArray(value) || types.isDataView(value)) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }
  return types.isAnyArrayBuffer(value) ? Buffer.from(value) : undefined;
}
