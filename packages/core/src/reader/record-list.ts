import { isRecordValue, JsonText } from "../records/json-text.ts";
import { findHints, type SelectHint } from "./select-hints.ts";

/** Told the value of a record. */
export type TakeValue = (value: object) => void;

/** The records that a reader has found and that were not taken yet. */
export class RecordList {
  readonly #onFirst: TakeValue | undefined;
  #records: JsonText[] = [];
  #count = 0;
  #hints: readonly SelectHint[] = [];

  /** @param onFirst told the value of the first record */
  constructor(onFirst?: TakeValue) {
    this.#onFirst = onFirst;
  }

  /** Records that were added so far. */
  get count(): number {
    return this.#count;
  }

  /** If only one record was read: the paths at which it may contain the real records. */
  get hints(): readonly SelectHint[] {
    return this.#count === 1 ? this.#hints : [];
  }

  get isEmpty(): boolean {
    return this.#records.length === 0;
  }

  /** Adds a record: its text on one line, its value, and the length of the text in UTF-8. */
  add(text: string, value: object, bytes: number): void {
    this.#records.push(new JsonText(text, isRecordValue(value), bytes));
    if (this.#count++ > 0) return;
    this.#hints = findHints(value, text.length);
    this.#onFirst?.(value);
  }

  /** Adds records that another reader has read. */
  append(records: readonly JsonText[]): void {
    for (const record of records) this.#records.push(record);
    this.#count += records.length;
  }

  /** The records added since the last call. */
  take(): JsonText[] {
    const records = this.#records;
    this.#records = [];
    return records;
  }
}
