import type { ByteSource } from "./byte-source.ts";
import { CLOSE_ARRAY, COMMA, NEWLINE, OPEN_ARRAY, QUOTE } from "./json-bytes.ts";
import { excerpt, findFault } from "./json-fault.ts";
import { type Malformed, MalformedInput } from "./malformed-input.ts";
import { binaryFormat, packedFormat } from "./other-formats.ts";
import type { InputSize } from "./packed/input-size.ts";

/** The fault of a record that is open at the end of the input. */
export const NOT_CLOSED = "the record that begins here is not closed: the producer was cut off";

/** The most bytes of a line that are examined. */
const MOST_OF_LINE = 264;

/** Finds out what is wrong with an input at the position of its reader. */
export class InputFaults {
  readonly #source: ByteSource;
  readonly #name: string;
  readonly #size: InputSize;
  #documentLine = 1;
  #inArray = false;

  /** @param name name of the input */
  constructor(source: ByteSource, name: string, size: InputSize) {
    this.#source = source;
    this.#name = name;
    this.#size = size;
  }

  /** Notes that a document begins at this position. */
  documentBegins(isArray: boolean): void {
    this.#documentLine = this.#source.line;
    this.#inArray = isArray;
  }

  /** The error for this place. */
  here(what: string, advice?: string, more: Partial<Malformed> = {}): MalformedInput {
    const { place = this.#source.place(), isOpen = false, cause } = more;
    const unread = this.#size.unreadText(place.byte, this.#source.base + this.#source.end);
    const read = ["Everything before that place was read.", unread].filter(Boolean).join(" ");
    const mayBeLine = !isOpen && !this.#inArray && place.line - this.#documentLine <= 1;
    return new MalformedInput(this.#name, { what, place, read, advice, isOpen, mayBeLine, cause });
  }

  /** The error for an input that ends here. */
  cutOff(what: string = "the text ends inside a document"): MalformedInput {
    const advice = "Run the producer again, or see why it stopped.";
    return this.here(`${what}: the producer was cut off`, advice, { isOpen: true });
  }

  /** The error for the record that began at {@link ByteSource.hold}. `what` is the text if no single byte is wrong. */
  inRecord(what: string, more: Partial<Malformed> = {}): MalformedInput {
    const found = findFault(this.#source.held());
    return this.here(found?.what ?? what, undefined, {
      ...more,
      place: this.#source.placeInHeld(found?.at ?? 0),
      isOpen: found === undefined && more.isOpen === true,
    });
  }

  /** The error for packed data; undefined if the next bytes do not begin packed data. */
  async packed(): Promise<MalformedInput | undefined> {
    const packed = packedFormat(await this.#line());
    return packed && this.here(packed.what, packed.advice);
  }

  /**
   * The error for text in UTF-16. Such text begins with a byte order mark, or has a zero byte in each of its first two
   * characters.
   */
  async utf16(): Promise<MalformedInput | undefined> {
    const source = this.#source;
    if (!(await source.ahead(2))) return undefined;
    const mark = source.buffer.readUInt16BE(source.pos);
    let isUtf16 = mark === 0xfeff || mark === 0xfffe;
    if (!isUtf16 && (await source.ahead(4))) {
      const [first, second, third, fourth] = source.buffer.subarray(source.pos, source.pos + 4);
      isUtf16 =
        (first === 0) !== (second === 0) && (first === 0) === (third === 0) && (second === 0) === (fourth === 0);
    }
    return isUtf16
      ? this.here("UTF-16 text", "Convert it to UTF-8, for example with `iconv -f UTF-16 -t UTF-8`.")
      : undefined;
  }

  /** The error for a document that is neither object nor array. */
  async noDocument(): Promise<MalformedInput> {
    const line = await this.#line();
    const other = packedFormat(line) ?? binaryFormat(line);
    if (other !== undefined) return this.here(other.what, other.advice);
    if (/^[\w$.\s]+=\s*(?:[[{]|$)/.test(line)) {
      const advice = "Remove everything before the first { or [, for example with `tail -n +2`.";
      return this.here(`JavaScript, not JSON: ${excerpt(line, 0)}`, advice);
    }
    if (line.startsWith(",")) return this.here("a comma between records outside an array");
    if (/^[\]}]/.test(line)) return this.here(`a ${line.charAt(0)} that closes nothing`);
    if (isJson(line)) return this.here(`a value that is not an object: ${excerpt(line, 0)}`);
    const advice = "If it is a log line, keep the producer's log out of its output.";
    return this.here(`a line that is not JSON: ${excerpt(line, 0)}`, advice);
  }

  /**
   * The error for something that cannot be an element of an array of objects.
   * @param byte its first byte; -1 at the end of the input
   * @param after what comes before it
   */
  async noElement(byte: number, after: "start" | "record" | "comma"): Promise<MalformedInput> {
    if (byte === -1) return this.cutOff("the array is not closed");
    if (byte === CLOSE_ARRAY) return this.here("a trailing comma before ]");
    const line = await this.#line();
    if (after === "record") return this.here(`a missing comma before ${excerpt(line, 0)}`);
    if (byte === COMMA) return this.here("a comma without a value before it");
    const isValue = byte === OPEN_ARRAY || isJson(line.replace(/[,\]\s][^]*$/, "")) || byte === QUOTE;
    return this.here(`an array element that is not ${isValue ? "an object" : "JSON"}: ${excerpt(line, 0)}`);
  }

  /** The next bytes up to the end of the line, at most {@link MOST_OF_LINE}, as one character each. */
  async #line(): Promise<string> {
    const source = this.#source;
    for (let size = 1; size <= MOST_OF_LINE; size++) {
      if (!(await source.ahead(size)) || source.buffer[source.pos + size - 1] === NEWLINE) break;
    }
    const end = Math.min(source.end, source.pos + MOST_OF_LINE);
    return source.buffer.toString("latin1", source.pos, end).split("\n", 1)[0] ?? "";
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
