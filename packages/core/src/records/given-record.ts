import type { Com, RecordValue, StoreRecord } from "@cloudmarker/store-api";
import { parseRecord } from "./entry.ts";
import { parseLossless } from "./raw-json.ts";
import { splitRecord } from "./split-record.ts";

/** A record that has its text and its id already: nothing of it is made anew. */
export class GivenRecord implements StoreRecord {
  readonly id: string;
  readonly #text: Buffer;
  #com: Com | undefined;

  /** @param text UTF-8 */
  constructor(text: Uint8Array, id: string) {
    this.#text = Buffer.from(text.buffer, text.byteOffset, text.length);
    this.id = id;
  }

  get json(): string {
    return this.#text.toString();
  }

  get bytes(): number {
    return this.#text.length;
  }

  writeTo(target: Uint8Array, at: number): number {
    target.set(this.#text, at);
    return this.#text.length;
  }

  get com(): Com {
    return (this.#com ??= Object.freeze(parseLossless(splitRecord(this.json).com) as Com));
  }

  get value(): RecordValue {
    return parseRecord(this.json);
  }
}
