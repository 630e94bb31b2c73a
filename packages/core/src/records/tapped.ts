import type { RecordValue } from "@cloudmarker/store-api";
import { errorOf } from "../errors/error-of.ts";
import { isCloudmarkerError } from "../errors.ts";
import { type Entry, entryOf, entryOfText } from "./entry.ts";
import { toJsonValue } from "./json-value.ts";
import type { Origin } from "./origin.ts";
import { CopiedNumberError, rewrite } from "./rewrite.ts";
import { parseTraced, type Traced } from "./traced-json.ts";

/** A record on its way through the taps of `host.hooks.record`. */
export class TappedRecord {
  /** The record without a stamp. The taps may change it, since it is not shared. */
  readonly value: RecordValue;
  readonly #entry: Entry;
  readonly #source: Traced;

  /** @throws CloudmarkerError `RECORD_INVALID` */
  constructor(input: object, origin: Origin) {
    this.#entry = entryOf(input, origin);
    this.#source = traced(`${this.#entry.head}}}`);
    this.value = this.#source.value as RecordValue;
  }

  /**
   * The record that the taps returned. Unchanged parts keep their text. Keys other than `raw`, `ext` and `com` are
   * dropped.
   * @throws CloudmarkerError `RECORD_INVALID`
   */
  entry(result: RecordValue): Entry {
    const com: unknown = typeof result === "object" && result !== null ? result.com : undefined;
    if (typeof com !== "object" || com === null || Array.isArray(com)) throw errorOf("RECORD_INVALID", "noCom", {});
    const shape = { ...("raw" in result && { raw: result.raw }), ...("ext" in result && { ext: result.ext }), com };
    const text = this.#rewrite(shape);
    return text === this.#source.text ? this.#entry : entryOfText(text);
  }

  #rewrite(value: object): string {
    try {
      return this.#rewritePlain(value);
    } catch (error) {
      if (error instanceof CopiedNumberError)
        throw errorOf("RECORD_INVALID", "copiedNumber", { path: pathOf(value, error.copy) });
      if (isCloudmarkerError(error)) throw error;
      throw errorOf("RECORD_INVALID", "unwritable", { cause: error }, { cause: error });
    }
  }

  #rewritePlain(value: object): string {
    try {
      return rewrite(value, this.#source);
    } catch (error) {
      if (error instanceof CopiedNumberError) throw error;
      // JSON cannot represent the value (a cycle, a getter that throws …): `toJsonValue` converts it or throws the
      // error.
      return rewrite(toJsonValue(value), this.#source);
    }
  }
}

function traced(text: string): Traced {
  try {
    return parseTraced(text);
  } catch (cause) {
    throw errorOf("RECORD_INVALID", "tooDeep", {}, { cause });
  }
}

/** The path of an object in a value, such as `raw.list[0].n`. */
function pathOf(value: unknown, wanted: object): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, member] of Object.entries(value)) {
    const step = Array.isArray(value) ? `[${key}]` : key;
    if (member === wanted) return step;
    const below = pathOf(member, wanted);
    if (below !== undefined) return below.startsWith("[") ? step + below : `${step}.${below}`;
  }
  return undefined;
}
