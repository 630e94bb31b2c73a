import { isAscii, isUtf8 } from "node:buffer";
import { messageOf } from "../errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { findHints, type SelectHint } from "./select-hints.ts";
import type { InputSize } from "./packed/input-size.ts";
import { findFault, NEXT_BEGINS, excerpt } from "./json-fault.ts";
import { parseObject, SEPARATOR, trimLine } from "./json-line.ts";
import { isRecordValue, JsonText } from "../records/json-text.ts";
import { type Malformed, MalformedInput } from "./malformed-input.ts";
import { binaryFormat, packedFormat } from "./other-formats.ts";
import { RecordScanner, type Scan, type ScannedText, textOf } from "./record-scanner.ts";

/**
 * Yields when more bytes are needed and there are records to {@link RecordReader.take}, so that nothing async runs per
 * record. It does not yield the records themselves: each generator around it would keep a reference to the last one,
 * which may be huge (L-84).
 */
export type Reading<T = void> = AsyncGenerator<void, T, undefined>;

/** What is wrong with a record that the input ends in. */
export const NOT_CLOSED = "the record that begins here is not closed: the producer was cut off";

const NEWLINE = 0x0a;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Options of a {@link RecordReader}. */
export interface ReaderOptions {
  /** Name of the input, for errors. */
  readonly name: string;
  readonly size: InputSize;
  readonly maxRecordBytes: number;
}

/** Reads documents and arrays of records from a {@link ByteSource} and collects the records. */
export class RecordReader {
  #source: ByteSource;
  /** Name of the input, for errors. */
  readonly name: string;
  readonly #size: InputSize;
  readonly #maxRecordBytes: number;
  readonly #scanner: RecordScanner = new RecordScanner();
  /** Where the document begins that is being read: an offset in bytes. */
  documentAt: number = 0;
  /** Records that were read before that document, since {@link RecordReader.readFrom}. */
  recordsBefore: number = 0;
  /** Whether texts are separated as RFC 7464 says. */
  isSequence: boolean = false;
  #countBefore = 0;
  #documentLine = 1;
  #inArray = false;
  #records: JsonText[] = [];
  #count = 0;
  #hints: readonly SelectHint[] = [];
  /** Whether a line may still be expected to be a record: true for NDJSON. */
  #lines = true;
  /** Whether a line was a record: a record is then waited for to the end of its line. */
  #hadLine = false;

  constructor(source: ByteSource, { name, size, maxRecordBytes }: ReaderOptions) {
    this.#source = source;
    this.name = name;
    this.#size = size;
    this.#maxRecordBytes = maxRecordBytes;
  }

  /** Where the only record that was read may contain the real records. */
  get hints(): readonly SelectHint[] {
    return this.#count === 1 ? this.#hints : [];
  }

  hasRecords(): boolean {
    return this.#records.length > 0;
  }

  /** The records read since the last call. */
  take(): JsonText[] {
    const records = this.#records;
    this.#records = [];
    this.#source.shrink();
    return records;
  }

  /** Reads objects, and arrays of objects, one after another to the end. */
  async *documents(): Reading {
    for (;;) {
      const byte = yield* this.nextDocument();
      if (byte === -1) return;
      if (byte === OPEN_OBJECT) {
        if (this.#lines && (this.#readLines() || (this.#isOpenLine() && (yield* this.#restOfLine())))) continue;
        const { line } = this.#source;
        yield* this.record();
        this.#hadLine ||= this.#source.line === line && this.#source.peek() !== -1 && this.#source.line > line;
      } else if (byte === OPEN_ARRAY) yield* this.elements();
      else throw await this.noDocument();
    }
  }

  /** The first byte of the next document, or -1 at the end of the input; passes over byte order marks and what separates texts. */
  async *nextDocument(): Reading<number> {
    const source = this.#source;
    for (;;) {
      const byte = yield* this.next();
      this.documentAt = source.base + source.pos;
      this.recordsBefore = this.#count - this.#countBefore;
      this.#documentLine = source.line;
      this.#inArray = byte === OPEN_ARRAY;
      if (source.base + source.pos === 0) await this.#refuseUtf16();
      if (byte === SEPARATOR) {
        this.isSequence = true;
        source.pos++;
        continue;
      }
      const isMark = byte === 0xef && (await this.#ahead(3)) && source.buffer.readUIntBE(source.pos, 3) === 0xefbbbf;
      if (!isMark) return byte;
      source.pos += 3;
    }
  }

  /** @throws MalformedInput where the next bytes are packed data */
  async refusePacked(): Promise<void> {
    const packed = packedFormat(await this.#line());
    if (packed !== undefined) throw this.fault(packed.what, packed.advice);
  }

  /** Text in UTF-16 begins with a mark, or has a zero byte in each of its first two characters. */
  async #refuseUtf16(): Promise<void> {
    const source = this.#source;
    if (!(await this.#ahead(2))) return;
    const mark = source.buffer.readUInt16BE(source.pos);
    let isUtf16 = mark === 0xfeff || mark === 0xfffe;
    if (!isUtf16 && (await this.#ahead(4))) {
      const [first, second, third, fourth] = source.buffer.subarray(source.pos, source.pos + 4);
      isUtf16 =
        (first === 0) !== (second === 0) && (first === 0) === (third === 0) && (second === 0) === (fourth === 0);
    }
    if (isUtf16) throw this.fault("UTF-16 text", "Convert it to UTF-8, such as by `iconv -f UTF-16 -t UTF-8`.");
  }

  /** Fetches until `count` bytes lie ahead; false where the input ends before. */
  async #ahead(count: number): Promise<boolean> {
    const source = this.#source;
    while (source.end - source.pos < count) if (!(await source.fill())) return false;
    return true;
  }

  /** The next byte that is not white space, or -1 at the end of the input. */
  async *next(): Reading<number> {
    let byte = this.#source.peek();
    while (byte === -1 && (yield* this.#more())) byte = this.#source.peek();
    return byte;
  }

  /** Reads an array of objects; the next byte is its `[`. */
  async *elements(): Reading {
    const source = this.#source;
    source.pos++;
    let after: "start" | "record" | "comma" = "start";
    for (;;) {
      let byte = source.peek();
      if (byte === -1) byte = yield* this.next();
      if (byte === OPEN_OBJECT && after !== "record") {
        // A record that is whole in the window needs no generator, which would cost more than the record.
        if (!this.#whole()) yield* this.#rest();
        after = "record";
      } else if (byte === COMMA && after === "record") {
        source.pos++;
        after = "comma";
      } else if (byte === CLOSE_ARRAY && after !== "comma") {
        source.pos++;
        return;
      } else throw await this.#noElement(byte, after);
    }
  }

  /** Reads one object as a record; the next byte is its `{`. */
  async *record(): Reading {
    if (!this.#whole()) yield* this.#rest();
  }

  /** Passes over an object, an array or a string, which the next byte begins. @returns the string, still quoted, if `keep` */
  async skip(keep: boolean = false): Promise<string> {
    const scanner = this.#scanner;
    const source = this.#source;
    const start = source.base + source.pos;
    scanner.begin();
    for (;;) {
      const found = scanner.scan(source);
      if (found === "fault")
        throw this.fault(this.#isSeparated() ? NEXT_BEGINS : "a raw control character in a string");
      if (found === "done") return keep ? (scanner.take()?.text ?? "") : "";
      if (!keep) scanner.forget();
      else if (source.base + source.pos - start > this.#maxRecordBytes)
        throw this.fault(`one key is over ${this.#maxRecordBytes} bytes`);
      if (!(await source.fill())) throw this.cutOff();
    }
  }

  #isSeparated(): boolean {
    const { buffer, pos, end } = this.#source;
    return pos < end && buffer[pos] === SEPARATOR;
  }

  /** Passes over a number, `true`, `false` or `null`. */
  async skipLiteral(): Promise<void> {
    const source = this.#source;
    let length = 0;
    while ((await this.#ahead(1)) && isLiteral(source.buffer[source.pos] as number)) {
      source.pos++;
      length++;
    }
    if (length === 0) throw this.fault("a missing value");
  }

  /** The error for the place that the input stands at. */
  fault(what: string, advice?: string, more: Partial<Malformed> = {}): MalformedInput {
    const { place = this.#source.place(), isOpen = false, cause } = more;
    const unread = this.#size.unreadText(place.byte, this.#source.base + this.#source.end);
    const read = ["Everything before that place was read.", unread].filter(Boolean).join(" ");
    const mayBeLine = !isOpen && !this.#inArray && place.line - this.#documentLine <= 1;
    return new MalformedInput(this.name, { what, place, read, advice, isOpen, mayBeLine, cause });
  }

  cutOff(what: string = "the text ends inside a document"): MalformedInput {
    const advice = "Run the producer again, or see why it stopped.";
    return this.fault(`${what}: the producer was cut off`, advice, { isOpen: true });
  }

  /** The error for a document that is neither object nor array. */
  async noDocument(): Promise<MalformedInput> {
    const line = await this.#line();
    const other = packedFormat(line) ?? binaryFormat(line);
    if (other !== undefined) return this.fault(other.what, other.advice);
    if (/^[\w$.\s]+=\s*(?:[[{]|$)/.test(line)) {
      return this.fault(
        `JavaScript, not JSON: ${excerpt(line, 0)}`,
        "Drop what is before the first { or [, such as by `tail -n +2`.",
      );
    }
    if (line.startsWith(",")) return this.fault("a comma between records outside an array");
    if (/^[\]}]/.test(line)) return this.fault(`a ${line.charAt(0)} that closes nothing`);
    if (isJson(line)) return this.fault(`a value that is not an object: ${excerpt(line, 0)}`);
    return this.fault(
      `a line that is not JSON: ${excerpt(line, 0)}`,
      "If it is a log line, keep the producer's log out of its output.",
    );
  }

  async #noElement(byte: number, after: string): Promise<MalformedInput> {
    if (byte === -1) return this.cutOff("the array is not closed");
    if (byte === CLOSE_ARRAY) return this.fault("a trailing comma before ]");
    const line = await this.#line();
    if (after === "record") return this.fault(`a missing comma before ${excerpt(line, 0)}`);
    if (byte === COMMA) return this.fault("a comma without a value before it");
    const isValue = byte === OPEN_ARRAY || isJson(line.replace(/[,\]\s][^]*$/, "")) || byte === 0x22;
    return this.fault(`an array element that is not ${isValue ? "an object" : "JSON"}: ${excerpt(line, 0)}`);
  }

  /** The bytes from here to the end of the line, at most 240, one character each. */
  async #line(): Promise<string> {
    const source = this.#source;
    for (let size = 1; size <= 240; size++) {
      if (!(await this.#ahead(size)) || source.buffer[source.pos + size - 1] === 0x0a) break;
    }
    return source.buffer.toString("latin1", source.pos, Math.min(source.end, source.pos + 240)).split("\n", 1)[0] ?? "";
  }

  async *#more(): Reading<boolean> {
    if (this.#records.length > 0) yield;
    return await this.#source.fill();
  }

  /** Reads a record that ends within the window; false where more bytes are needed. */
  #whole(): boolean {
    this.#source.hold();
    this.#scanner.begin(false);
    const found = this.#scan();
    if (found === "more") return false;
    this.#accept(found);
    return true;
  }

  async *#rest(): Reading {
    const source = this.#source;
    let found: Scan = "more";
    while (found === "more") {
      if (source.passed().length > this.#maxRecordBytes)
        throw this.#broken(`one record is over ${this.#maxRecordBytes} bytes`);
      if (!(yield* this.#more())) throw this.#broken(NOT_CLOSED, { isOpen: true });
      found = this.#scan();
    }
    this.#accept(found);
  }

  /** Scans on. Most records have no line break: they are not copied to drop it. */
  #scan(): Scan {
    const found = this.#scanner.scan(this.#source);
    if (found !== "break") return found;
    this.#scanner.copy(this.#source.passed());
    return this.#scanner.scan(this.#source);
  }

  #scanned(): ScannedText | undefined {
    return this.#scanner.copies ? this.#scanner.take() : textOf(this.#source.passed());
  }

  #accept(found: Scan): void {
    const json = found === "done" ? this.#scanned() : undefined;
    if (json === undefined) throw this.#broken("no valid JSON");
    let value: object;
    try {
      value = JSON.parse(json.text) as object;
    } catch (error) {
      throw this.#broken(messageOf(error), { cause: error });
    }
    this.add(json.text, value, json.bytes);
    this.#source.release();
  }

  /** From now on reads from another source; what was read stays. */
  readFrom(source: ByteSource): void {
    this.#source = source;
    this.#lines = true;
    this.#hadLine = false;
    this.#countBefore = this.#count;
  }

  /** Takes records that another reader has read. */
  append(records: readonly JsonText[]): void {
    for (const record of records) this.#records.push(record);
    this.#count += records.length;
  }

  /** Takes a record that another reader has read: its text on one line, and its value. */
  add(text: string, value: object, bytes: number): void {
    this.#records.push(new JsonText(text, isRecordValue(value), bytes));
    if (this.#count++ === 0) this.#hints = findHints(value, text.length);
  }

  /** The error for the record that began at {@link ByteSource.hold}; `what` is used if no single byte is wrong. */
  #broken(what: string, more: Partial<Malformed> = {}): MalformedInput {
    const found = findFault(this.#source.held());
    const place = this.#source.placeInHeld(found?.at ?? 0);
    return this.fault(found?.what ?? what, undefined, {
      ...more,
      place,
      isOpen: found === undefined && more.isOpen === true,
    });
  }

  /** Whether the window ends inside a line of NDJSON. */
  #isOpenLine(): boolean {
    const { buffer, end } = this.#source;
    const last = buffer[end - 1] as number;
    return this.#lines && this.#hadLine && last !== CLOSE_OBJECT && last > 0x20;
  }

  /** Fetches the rest of a line, since to scan what is longer than a chunk costs more than to wait for it (L-84). @returns false where it has no end */
  async *#restOfLine(): Reading<boolean> {
    const source = this.#source;
    for (;;) {
      const searched = source.end - source.pos;
      if (searched > this.#maxRecordBytes || !(yield* this.#more())) return false;
      if (source.buffer.subarray(source.pos + searched, source.end).includes(NEWLINE)) return true;
    }
  }

  /**
   * The fast way for NDJSON: whole lines that begin with `{` and end with `}` are records if the native parser says so. At anything else it
   * stops, in front of that line, for the scanner to go on or to find out what is wrong. @returns whether it read a line
   */
  #readLines(): boolean {
    const source = this.#source;
    const last = source.buffer.lastIndexOf(NEWLINE, source.end - 1);
    if (last < source.pos) return false;
    const slab = source.buffer.subarray(source.pos, last + 1);
    const ascii = isAscii(slab);
    this.#lines = ascii || isUtf8(slab);
    if (!this.#lines) return false;
    const hasReturns = slab.includes(0x0d);
    const text = ascii ? slab.toString("latin1", 0, slab.length) : slab.toString("utf8", 0, slab.length);
    let at = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", at)) {
      const line = trimLine(text, at, end);
      if (line !== "") {
        const value = hasReturns && line.includes("\r") ? undefined : parseObject(line);
        if (value === undefined) {
          this.#lines = false;
          break;
        }
        this.add(line, value, ascii ? line.length : Buffer.byteLength(line));
      }
      source.line++;
      at = end + 1;
    }
    if (at === 0) return false;
    this.#hadLine = true;
    source.pos += ascii ? at : Buffer.byteLength(text.slice(0, at));
    source.lineStart = source.base + source.pos;
    return true;
  }
}

function isLiteral(byte: number): boolean {
  return byte > 0x20 && !'",:[]{}'.includes(String.fromCharCode(byte));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
