import type { PackedBytes } from "./packed-bytes.ts";
import { grouped } from "../../grouped.ts";

/** The size of an input, as far as it is known. If reading stops early, it says how much of the input was not read. */
export class InputSize {
  readonly #bytes: number | undefined;
  #input: PackedBytes | undefined;
  /** Name of the format, if the input is packed. */
  #format: string | undefined;

  /** @param bytes of the input, packed or not; undefined for a pipe */
  constructor(bytes: number | undefined) {
    this.#bytes = bytes;
  }

  /**
   * Sets where the bytes come from.
   * @param format name of the format, if the bytes are packed
   */
  readFrom(input: PackedBytes, format: string | undefined): void {
    this.#input = input;
    this.#format = format;
  }

  /**
   * A sentence about the text behind a place; empty if nothing follows.
   * @param from the place, in bytes
   * @param arrived bytes of text that have arrived
   */
  unreadText(from: number, arrived: number): string {
    const format = this.#format;
    if (format === undefined) return this.#unread(from, arrived);
    const all = this.#all;
    const left = all === undefined ? 0 : Math.max(0, all - (this.#input?.at ?? 0));
    const how =
      all === undefined
        ? "its size is unknown."
        : `of the ${grouped(all)} bytes of ${format} data, the last ${grouped(left)} were not unpacked.`;
    const damaged = `If the producer did not write this, the ${format} data is damaged: check it with \`${format} -t\`.`;
    return `Nothing after that place was read; ${how} ${damaged}`;
  }

  /** The same about a place in the packed data. */
  unreadPacked(from: number): string {
    return this.#unread(from, this.#arrived);
  }

  get #arrived(): number {
    return this.#input === undefined ? 0 : this.#input.at + this.#input.ahead.length;
  }

  /** The size of a pipe is known once the pipe has ended. */
  get #all(): number | undefined {
    return this.#bytes ?? (this.#input?.isEnded === true ? this.#arrived : undefined);
  }

  #unread(from: number, arrived: number): string {
    const all = this.#all;
    if (all === undefined) {
      const known = arrived > from ? `at least ${inBytes(arrived - from)}; ` : "";
      return `Nothing after that place was read: ${known}the rest is unknown.`;
    }
    const left = Math.max(all, arrived) - from;
    return left > 0 ? `Nothing after that place was read: ${inBytes(left)}.` : "";
  }
}

function inBytes(count: number): string {
  return count === 1 ? "1 byte" : `${grouped(count)} bytes`;
}
