import { messageOf } from "../errors.ts";
import type { JsonText } from "../records/json-text.ts";
import type { ByteSource } from "./byte-source.ts";
import { InputFaults, NOT_CLOSED } from "./input-faults.ts";
import { CLOSE_ARRAY, COMMA, NEWLINE, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from "./json-bytes.ts";
import { SEPARATOR } from "./json-line.ts";
import type { InputSize } from "./packed/input-size.ts";
import { RecordList, type TakeValue } from "./record-list.ts";
import { RecordScanner, type Scan, type ScannedText, textOf } from "./record-scanner.ts";
import { readString, skipLiteral, type SkipParts, skipValue } from "./skip-value.ts";
import { WholeLines } from "./whole-lines.ts";
import { sizeWords } from "../size-words.ts";

/**
 * Yields when more bytes are needed and there are records to {@link RecordReader.take}, so that nothing async runs per
 * record. It does not yield the records themselves: each outer generator would keep a reference to the last record,
 * which may be huge.
 */
export type Reading<T = void> = AsyncGenerator<void, T, undefined>;

/** Options of a {@link RecordReader}. */
export interface ReaderOptions {
  /** Name of the input, for errors. */
  readonly name: string;
  readonly size: InputSize;
  readonly maxRecordBytes: number;
  /** Told the value of the first record. */
  readonly onFirst?: TakeValue | undefined;
}

/** Reads documents and arrays of records from a {@link ByteSource}. */
export class RecordReader {
  readonly records: RecordList;
  /** Byte offset of the current document. */
  documentAt: number = 0;
  /** Number of records read between {@link RecordReader.readFrom} and that document. */
  recordsBefore: number = 0;
  /** Whether texts are separated as in RFC 7464. */
  isSequence: boolean = false;
  readonly #options: ReaderOptions;
  readonly #scanner: RecordScanner = new RecordScanner();
  #source: ByteSource;
  #faults: InputFaults;
  #skipping: SkipParts;
  #lines = new WholeLines();
  #countBefore = 0;

  constructor(source: ByteSource, options: ReaderOptions) {
    this.#options = options;
    this.records = new RecordList(options.onFirst);
    this.#source = source;
    this.#faults = new InputFaults(source, options.name, options.size);
    this.#skipping = { source, scanner: this.#scanner, faults: this.#faults };
  }

  /** Finds out what is wrong with the input at the reader's position. */
  get faults(): InputFaults {
    return this.#faults;
  }

  /** Reads from another source from now on, and keeps the records that were read. */
  readFrom(source: ByteSource): void {
    const { name, size } = this.#options;
    this.#source = source;
    this.#faults = new InputFaults(source, name, size);
    this.#skipping = { source, scanner: this.#scanner, faults: this.#faults };
    this.#lines = new WholeLines();
    this.#countBefore = this.records.count;
  }

  /** The records read since the last call. */
  take(): JsonText[] {
    const records = this.records.take();
    this.#source.shrink();
    return records;
  }

  /** Reads objects, and arrays of objects, one after another to the end. */
  async *documents(): Reading {
    const lines = this.#lines;
    for (;;) {
      const source = this.#source;
      const byte = this.#nextObject() ? OPEN_OBJECT : yield* this.nextDocument();
      if (byte === -1) return;
      if (byte === OPEN_OBJECT) {
        if (lines.read(source, this.records) || (lines.isCut(source) && (yield* this.#restOfLine()))) continue;
        const { line } = source;
        if (!this.#whole()) yield* this.#rest();
        lines.sawRecord(source.line === line && source.peek() !== -1 && source.line > line);
      } else if (byte === OPEN_ARRAY) yield* this.elements();
      else throw await this.#faults.noDocument();
    }
  }

  /**
   * The first byte of the next document, or -1 at the end of the input. Skips byte order marks and separators of texts.
   */
  async *nextDocument(): Reading<number> {
    const source = this.#source;
    for (;;) {
      const byte = yield* this.next();
      this.#documentBegins(byte === OPEN_ARRAY);
      const wrong = this.documentAt === 0 ? await this.#faults.utf16() : undefined;
      if (wrong) throw wrong;
      if (byte === SEPARATOR) {
        this.isSequence = true;
        source.pos++;
        continue;
      }
      const isMark = byte === 0xef && (await source.ahead(3)) && source.buffer.readUIntBE(source.pos, 3) === 0xefbbbf;
      if (!isMark) return byte;
      source.pos += 3;
    }
  }

  /**
   * Whether the next document is an object that begins within the window. Such a document needs no generator, which
   * would cost promises for each record. The first of an input may be UTF-16, and takes the other way.
   */
  #nextObject(): boolean {
    const source = this.#source;
    if (source.peek() !== OPEN_OBJECT || source.base + source.pos === 0) return false;
    this.#documentBegins(false);
    return true;
  }

  #documentBegins(isArray: boolean): void {
    this.documentAt = this.#source.base + this.#source.pos;
    this.recordsBefore = this.records.count - this.#countBefore;
    this.#faults.documentBegins(isArray);
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
        // A record that is complete in the window is read without a generator, which would take longer than the record.
        if (!this.#whole()) yield* this.#rest();
        after = "record";
      } else if (byte === COMMA && after === "record") {
        source.pos++;
        after = "comma";
      } else if (byte === CLOSE_ARRAY && after !== "comma") {
        source.pos++;
        return;
      } else throw await this.#faults.noElement(byte, after);
    }
  }

  /** Reads one object as a record; the next byte is its `{`. */
  async *record(): Reading {
    if (!this.#whole()) yield* this.#rest();
  }

  /** Skips the value that begins with `byte`, the next byte. */
  skip(byte: number): Promise<void> {
    const isLiteral = byte !== OPEN_OBJECT && byte !== OPEN_ARRAY && byte !== QUOTE;
    return isLiteral ? skipLiteral(this.#skipping) : skipValue(this.#skipping);
  }

  /** Skips the string that begins at the next byte. @returns the string, still in quotes */
  key(): Promise<string> {
    return readString(this.#skipping, this.#options.maxRecordBytes);
  }

  async *#more(): Reading<boolean> {
    if (!this.records.isEmpty) yield;
    return await this.#source.fill();
  }

  /**
   * Fetches the rest of a line: for a line longer than a chunk, scanning takes longer than waiting for the end (L-84).
   * @returns false if the line has no end
   */
  async *#restOfLine(): Reading<boolean> {
    const source = this.#source;
    for (;;) {
      const searched = source.end - source.pos;
      if (searched > this.#options.maxRecordBytes || !(yield* this.#more())) return false;
      if (source.buffer.subarray(source.pos + searched, source.end).includes(NEWLINE)) return true;
    }
  }

  /** Reads a record that ends within the window; false if more bytes are needed. */
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
    const { maxRecordBytes } = this.#options;
    let found: Scan = "more";
    while (found === "more") {
      if (source.passed().length > maxRecordBytes)
        throw this.#faults.inRecord(`one record is over ${sizeWords(maxRecordBytes)}`);
      if (!(yield* this.#more())) throw this.#faults.inRecord(NOT_CLOSED, { isOpen: true });
      found = this.#scan();
    }
    this.#accept(found);
  }

  /** Continues to scan. Most records have no line break, so they are not copied. */
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
    if (json === undefined) throw this.#faults.inRecord("no valid JSON");
    let value: object;
    try {
      value = JSON.parse(json.text) as object;
    } catch (error) {
      throw this.#faults.inRecord(messageOf(error), { cause: error });
    }
    this.records.add(json.text, value, json.bytes);
    this.#source.release();
  }
}
