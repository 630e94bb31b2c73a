import { setImmediate } from "node:timers/promises";
import type { Com, Failure } from "@cloudmarker/store-api";
import { CloudmarkerError, messageOf } from "./errors.ts";
import type { HostHookSet } from "./hooks.ts";
import type { OriginOptions } from "./host-options.ts";
import type { IntakeCounts } from "./receipt.ts";
import {
  BoundRecord,
  type Entry,
  type Origin,
  entryOf,
  entryOfValue,
  losslessValue,
  makeOrigin,
  markerEntry,
} from "./records/entry.ts";
import { JsonText, jsonText } from "./records/json-text.ts";
import type { StoreRun } from "./store-run.ts";

/** Samples of rejected inputs that the receipt keeps. */
const MAX_REJECTIONS = 10;

/**
 * After so many bytes a producer that never yields is made to: the I/O of the stores then overlaps with its work in place of waiting for the
 * queue to be full, and timers and signals get their turn.
 */
const BREATH_BYTES = 512 * 1024;

/** The door of the host: turns any input into entries, runs the hooks that see each record, and hands them to every store. */
export class Intake {
  readonly counts: IntakeCounts = { received: 0, filtered: 0, rejected: 0, rejections: [] };
  readonly #hooks: HostHookSet;
  readonly #fail: (failure: Failure) => void;
  readonly #origin: OriginOptions;
  #lastOrigin: { options: OriginOptions; origin: Origin } | undefined;
  #stores: readonly StoreRun[] = [];
  #sinceBreath = 0;
  #isTapped = false;
  #isClosed = false;
  #rewrites = false;

  constructor(hooks: HostHookSet, origin: OriginOptions, fail: (failure: Failure) => void) {
    this.#hooks = hooks;
    this.#origin = origin;
    this.#fail = fail;
  }

  /** From now on records are taken; taps of the record hooks are known. */
  start(stores: readonly StoreRun[]): void {
    this.#stores = stores;
    // Not isUsed(): the guard is an interceptor, and that counts as use.
    this.#rewrites = this.#hooks.record.taps.length > 0;
    this.#isTapped = this.#rewrites || this.#hooks.filter.taps.length > 0;
  }

  /** The run is ending: a `write` that still waits for room takes nothing more, and says so. */
  close(): void {
    this.#isClosed = true;
  }

  /** Takes one record or an iterable of them. `undefined` when everything found room at once, so that one record costs no promise. */
  write(input: unknown, options: OriginOptions = this.#origin): Promise<void> | undefined {
    if (this.#isClosed) return Promise.reject(closedError());
    const origin = this.#originOf(options);
    if (isAsyncIterable(input)) return this.#takeStream(input, options);
    if (!isBatch(input)) {
      this.#take(input, origin);
      return this.#mustWait() ? this.#room() : undefined;
    }
    const iterator = input[Symbol.iterator]();
    return this.#fill(iterator, origin) ? this.#fillRest(iterator, origin) : undefined;
  }

  /** Writes a marker record, which has neither `raw` nor `ext`, as the predecessor does. */
  marker(type: "begin_audit" | "end_audit"): void {
    // Without waiting for room: one record more than the bound, so that no full queue holds up the beginning or the end.
    this.#accept(markerEntry(type));
  }

  async #takeStream(input: AsyncIterable<unknown>, options: OriginOptions): Promise<void> {
    for await (const item of input) {
      const waiting = this.write(item, options);
      if (waiting) await waiting;
    }
  }

  /** Takes records until it is time to wait; `false` when the iterator has come to its end. */
  #fill(iterator: Iterator<unknown>, origin: Origin): boolean {
    for (;;) {
      const next = iterator.next();
      if (next.done) return false;
      this.#take(next.value, origin);
      if (this.#mustWait()) return true;
    }
  }

  async #fillRest(iterator: Iterator<unknown>, origin: Origin): Promise<void> {
    do {
      await this.#room();
      if (this.#isClosed) {
        iterator.return?.();
        throw closedError();
      }
    } while (this.#fill(iterator, origin));
  }

  #take(input: unknown, origin: Origin): void {
    this.counts.received += 1;
    try {
      const record =
        typeof input === "string" ? jsonText(input) : input instanceof Uint8Array ? jsonText(textOf(input)) : input;
      if (typeof record !== "object" || record === null)
        throw new TypeError(`a record is an object, not ${describe(record)}`);
      const entry = this.#isTapped ? this.#tapped(record, origin) : entryOf(record, origin);
      if (entry) this.#accept(entry);
      else this.counts.filtered += 1;
    } catch (cause) {
      this.#reject(cause);
    }
  }

  /** The slow way, taken only while someone taps `record` or `filter`: the record as a value, its numbers kept. */
  #tapped(record: object, origin: Origin): Entry | undefined {
    const value = this.#hooks.record.call(losslessValue(record, origin));
    if (this.#hooks.filter.call(value) === false) return undefined;
    return this.#rewrites ? entryOfValue(value) : entryOf(record, origin);
  }

  #accept(entry: Entry): void {
    this.#sinceBreath += entry.headBytes;
    for (const { lane, stamp } of this.#stores) lane.accept(new BoundRecord(entry, stamp));
  }

  #mustWait(): boolean {
    if (this.#sinceBreath >= BREATH_BYTES) return true;
    for (const { lane } of this.#stores) if (lane.full) return true;
    return false;
  }

  async #room(): Promise<void> {
    this.#sinceBreath = 0;
    await setImmediate();
    await Promise.all(this.#stores.map(({ lane }) => lane.room()));
  }

  #reject(cause: unknown): void {
    const { counts } = this;
    counts.rejected += 1;
    const message = `record ${counts.received}: ${messageOf(cause)}`;
    if (counts.rejections.length < MAX_REJECTIONS) counts.rejections.push(message);
    this.#fail({ code: "RECORD_INVALID", message, cause });
  }

  #originOf(options: OriginOptions): Origin {
    if (this.#lastOrigin?.options !== options) {
      const { key, class: className, type, worker = key ?? "no_worker", override = false } = options;
      const com: Com = {
        ...(key !== undefined && { origin_key: key }),
        ...(className !== undefined && { origin_class: className }),
        origin_worker: worker,
        ...(type !== undefined && { origin_type: type }),
      };
      this.#lastOrigin = { options, origin: makeOrigin(com, { explicit: override }) };
    }
    return this.#lastOrigin.origin;
  }
}

/** What a `write` gets that comes too late. */
export function closedError(): CloudmarkerError {
  return new CloudmarkerError("HOST_CLOSED", "The run is over: write() after done().");
}

function isBatch(input: unknown): input is Iterable<unknown> {
  if (typeof input !== "object" || input === null) return false;
  return Symbol.iterator in input && !(input instanceof Uint8Array) && !(input instanceof JsonText);
}

function isAsyncIterable(input: unknown): input is AsyncIterable<unknown> {
  return typeof input === "object" && input !== null && Symbol.asyncIterator in input;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function textOf(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}

function describe(value: unknown): string {
  return value === null ? "null" : `a ${typeof value}`;
}
