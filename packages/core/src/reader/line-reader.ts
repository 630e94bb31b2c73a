import { isAscii, isUtf8 } from "node:buffer";
import { type BadLines, beginningOf } from "./bad-line.ts";
import { ByteSource } from "./byte-source.ts";
import { NOT_CLOSED } from "./input-faults.ts";
import { NEWLINE, OPEN_ARRAY, OPEN_OBJECT, RETURN } from "./json-bytes.ts";
import { parseObject, SEPARATOR, trimLine } from "./json-line.ts";
import type { JsonText } from "../records/json-text.ts";
import { readLongRecord } from "./long-record.ts";
import { MalformedInput } from "./malformed-input.ts";
import { isOwnLine } from "./own-line.ts";
import { type ReaderOptions, type Reading, RecordReader } from "./record-reader.ts";
import type { Selection } from "./select-records.ts";
import { sizeWords } from "../size-words.ts";

/** A line that may be a whole report is read as a stream if it is longer than this. */
const REPORT_BYTES = 1024 * 1024;

const NO_LINE = "Only a line of NDJSON can be skipped, and this fault is in a document of several lines.";

/** Options of a {@link LineReader}. */
export interface LineReaderOptions extends ReaderOptions {
  readonly selection: Selection | undefined;
  readonly bad: BadLines;
}

/** What is wrong with a line. */
interface LineFault {
  /** Number of the line, in a text of several lines. */
  readonly line: number;
  readonly column: number;
  readonly what: string;
}

/**
 * Reads NDJSON line by line and goes on after a bad line. Nothing of a bad line is used. Valid input gives the same
 * records as with {@link RecordReader}, also records of several lines, arrays and reports; but a fault in one of these
 * is an error. In a sequence (RFC 7464) each text counts as one line.
 */
export class LineReader {
  readonly #source: ByteSource;
  readonly #reader: RecordReader;
  /** Reads single lines. */
  readonly #ofLine: RecordReader;
  readonly #options: LineReaderOptions;
  /** The byte that ends a line. */
  #separator = NEWLINE;
  /** Whether a line was a record. */
  #isNdjson = false;
  /** Offset in the stream up to which no line break was found. */
  #searched = 0;
  /** Whether the bytes up to this offset in the stream are ASCII, or at least UTF-8. */
  #known = { until: -1, isAscii: false, isUtf8: false };

  constructor(source: ByteSource, reader: RecordReader, options: LineReaderOptions) {
    this.#source = source;
    this.#reader = reader;
    this.#ofLine = new RecordReader(source, options);
    this.#options = options;
  }

  /** Reads to the end. @throws MalformedInput for a fault in a document of several lines */
  async *read(): Reading {
    const source = this.#source;
    // Packed data and text in another encoding cannot be read line by line.
    const packed = (yield* this.#reader.nextDocument()) === -1 ? undefined : await this.#reader.faults.packed();
    if (packed) throw packed;
    if (this.#reader.isSequence) this.#separator = SEPARATOR;
    for (;;) {
      const from = Math.max(source.pos, this.#searched - source.base);
      // Only inside the window: the buffer may be much larger.
      const length = source.buffer.subarray(from, source.end).indexOf(this.#separator);
      if (length !== -1) yield* this.#line(from + length - source.pos, 1);
      else if (!(yield* this.#moreOfLine())) return;
      if (this.#options.bad.full) await this.#options.bad.flush();
    }
  }

  /**
   * Fetches more of a line that does not end in the window, or reads it in another way. @returns false at the end of
   * the input
   */
  async *#moreOfLine(): Reading<boolean> {
    const source = this.#source;
    const { maxRecordBytes, bad, selection } = this.#options;
    const length = source.end - source.pos;
    const mayBeReport = selection !== undefined || source.buffer[source.pos] === OPEN_ARRAY;
    this.#searched = source.base + source.end;
    if (mayBeReport && length > REPORT_BYTES) yield* this.#stream(0);
    else if (!mayBeReport && length > maxRecordBytes) await this.#tooLong();
    else {
      if (!this.#reader.records.isEmpty) yield;
      await bad.flush();
      if (await source.fill()) return true;
      const isLast = source.pos < source.end;
      if (isLast) yield* this.#line(source.end - source.pos, 0);
      return isLast;
    }
    return true;
  }

  /**
   * Reads the line that begins here, and moves behind its line break.
   * @param length bytes before the line break
   * @param breakBytes 0 at the end of the input
   */
  async *#line(length: number, breakBytes: 0 | 1): Reading {
    const isRead = this.#options.selection === undefined && this.#isRecord(length);
    const fault = isRead ? undefined : yield* this.#documents(length, breakBytes);
    // If the stream failed inside the line, the error of the stream is reported.
    const isCut = breakBytes === 0 && this.#source.failure !== undefined;
    if (fault !== undefined && !isCut) {
      const { buffer, pos } = this.#source;
      this.#bad(withoutBreak(buffer.subarray(pos, pos + length)), fault);
    }
    if (isRead || fault !== undefined) this.#pass(length + breakBytes);
  }

  /** Takes the line if it is one object or blank. */
  #isRecord(length: number): boolean {
    const text = this.#textOf(length);
    if (text === undefined) return false;
    const line = trimLine(text, 0, text.length);
    if (line === "") return true;
    const isBroken = line.includes("\r") || (this.#separator === SEPARATOR && line.includes("\n"));
    const value = isBroken ? undefined : parseObject(line);
    if (value === undefined) return false;
    this.#reader.records.add(line, value, text.length === length ? line.length : Buffer.byteLength(line));
    this.#isNdjson = true;
    return true;
  }

  /** The next bytes as text; undefined if they are not UTF-8. */
  #textOf(length: number): string | undefined {
    const { buffer, pos, end, base } = this.#source;
    if (base + pos + length > this.#known.until) {
      const ahead = buffer.subarray(pos, Math.max(pos + length, buffer.lastIndexOf(NEWLINE, end - 1)));
      this.#known = { until: base + pos + ahead.length, isAscii: isAscii(ahead), isUtf8: isUtf8(ahead) };
    }
    const known = this.#known;
    if (known.isAscii) return buffer.toString("latin1", pos, pos + length);
    const isText = known.isUtf8 || isUtf8(buffer.subarray(pos, pos + length));
    return isText ? buffer.toString("utf8", pos, pos + length) : undefined;
  }

  /**
   * Reads the documents of a line that is not just one object, and moves behind them.
   * @param lineBytes bytes of the line
   * @param breakBytes bytes of its end
   * @returns the fault of a bad line; then the position stays in front of the line
   */
  async *#documents(lineBytes: number, breakBytes: number): Reading<LineFault | undefined> {
    const source = this.#source;
    const isSequence = this.#separator === SEPARATOR;
    const length = isSequence ? lineBytes : lineBytes + breakBytes;
    const { selection } = this.#options;
    const { buffer, pos, base } = source;
    const line = new ByteSource(once(buffer.subarray(pos, pos + length)));
    line.base = base + pos;
    line.line = source.line;
    line.lineStart = source.lineStart;
    const reader = this.#ofLine;
    reader.readFrom(line);
    const reading = selection === undefined ? reader.documents() : selection.read(reader, line);
    const { fault, found } = await collect(reading, reader);
    if (fault !== undefined && (isSequence || !fault.isOpen)) return { what: fault.what, ...fault.place };
    if (fault === undefined) {
      this.#reader.records.append(found);
      this.#pass(lineBytes + breakBytes);
      return undefined;
    }
    const offset = reader.documentAt - base - pos;
    const before = found.slice(0, reader.recordsBefore);
    const isRecord = selection === undefined && buffer[pos + offset] === OPEN_OBJECT;
    const { maxRecordBytes } = this.#options;
    const most = isRecord ? maxRecordBytes : REPORT_BYTES;
    const whole = await readLongRecord(source, offset, length - offset, most);
    const isFaulty = typeof whole === "object" && "fault" in whole;
    if (isFaulty && (await this.#isOwnLine(offset, length, offset + whole.fault.at))) {
      return { what: fault.what, line: source.line, column: reader.documentAt - source.lineStart + 1 };
    }
    this.#reader.records.append(before);
    if (!isRecord) yield* this.#stream(offset);
    else if (whole === "too long") throw this.#faultAt(offset, `one record is over ${sizeWords(maxRecordBytes)}`);
    else if ("fault" in whole) throw this.#faultAt(offset + whole.fault.at, whole.fault.what);
    else {
      this.#reader.records.add(whole.text, whole.value, whole.bytes);
      this.#pass(offset + whole.length);
    }
    return undefined;
  }

  #faultAt(offset: number, what: string): MalformedInput {
    const isOpen = what === NOT_CLOSED;
    return this.#reader.faults.here(what, NO_LINE, { place: this.#source.placeInHeld(offset), isOpen });
  }

  async #isOwnLine(offset: number, length: number, faultAt: number): Promise<boolean> {
    const source = this.#source;
    const isNdjson = this.#isNdjson && source.buffer[source.pos + offset] === OPEN_ARRAY;
    if (isNdjson) await this.#fillLine(faultAt);
    return isOwnLine(source.buffer.subarray(source.pos, source.end), offset, length, faultAt, isNdjson);
  }

  /** Fetches the rest of the line that begins at this offset, unless it is longer than a record may be. */
  async #fillLine(offset: number): Promise<void> {
    const source = this.#source;
    const most = offset + this.#options.maxRecordBytes;
    for (let from = offset; from < most;) {
      const { pos, end } = source;
      if (source.buffer.subarray(pos + from, end).includes(NEWLINE)) return;
      from = Math.max(from, end - pos);
      if (!(await source.fill())) return;
    }
  }

  /**
   * Reads one array, or one report with the selection in it, as a stream. A fault in it ends the reading, since such a
   * document is not a line of NDJSON.
   */
  async *#stream(offset: number): Reading {
    const { selection } = this.#options;
    this.#pass(offset);
    try {
      if (selection === undefined) yield* this.#reader.elements();
      else yield* selection.readDocument(this.#reader, this.#source);
    } catch (error) {
      throw error instanceof MalformedInput ? error.withAdvice(NO_LINE) : error;
    }
  }

  /** Skips a line that is longer than a record may be. */
  async #tooLong(): Promise<void> {
    const source = this.#source;
    const { maxRecordBytes, name, bad } = this.#options;
    const { line } = source;
    const byte = source.base + source.pos;
    const content = Buffer.from(beginningOf(source.buffer.subarray(source.pos, source.end)));
    const reason = `column ${byte - source.lineStart + 1}: one record is over ${sizeWords(maxRecordBytes)}`;
    let end = -1;
    let isMore = true;
    while (isMore && end === -1) {
      this.#pass(source.end - source.pos);
      isMore = await source.fill();
      end = source.buffer.subarray(0, source.end).indexOf(this.#separator, source.pos);
    }
    const length = end === -1 ? source.end - source.pos : end - source.pos;
    bad.addLong({ input: name, line, byte, reason, content }, source.base + source.pos + length - byte);
    this.#pass(length + (end === -1 ? 0 : 1));
  }

  #bad(content: Uint8Array, { line: lineOfFault, column, what }: LineFault): void {
    const { line, base, pos } = this.#source;
    const reason = `${lineOfFault === line ? "" : `line ${lineOfFault}, `}column ${column}: ${what}`;
    this.#options.bad.add({ input: this.#options.name, line, byte: base + pos, reason, content });
  }

  /** Skips bytes of the window and counts their lines. */
  #pass(length: number): void {
    const source = this.#source;
    const end = source.pos + length;
    for (let at = source.buffer.indexOf(NEWLINE, source.pos); at !== -1 && at < end;) {
      source.line++;
      source.lineStart = source.base + at + 1;
      at = source.buffer.indexOf(NEWLINE, at + 1);
    }
    source.pos = end;
  }
}

function withoutBreak(line: Buffer): Buffer {
  const shorter = line.at(-1) === NEWLINE ? line.subarray(0, -1) : line;
  return shorter.at(-1) === RETURN ? shorter.subarray(0, -1) : shorter;
}

/** Reads to the end. @returns the records, and the fault that stopped it */
async function collect(reading: Reading, reader: RecordReader): Promise<{ found: JsonText[]; fault?: MalformedInput }> {
  const found: JsonText[] = [];
  try {
    for (let next = await reading.next(); next.done !== true; next = await reading.next()) found.push(...reader.take());
    return { found: found.concat(reader.take()) };
  } catch (error) {
    if (error instanceof MalformedInput) return { found: found.concat(reader.take()), fault: error };
    throw error;
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
