import type { ByteSource } from "./byte-source.ts";
import type { InputFaults } from "./input-faults.ts";
import { NEXT_BEGINS } from "./json-fault.ts";
import { SEPARATOR } from "./json-line.ts";
import type { RecordScanner } from "./record-scanner.ts";
import { sizeWords } from "../size-words.ts";

/** The parts that skip a value. */
export interface SkipParts {
  readonly source: ByteSource;
  readonly scanner: RecordScanner;
  readonly faults: InputFaults;
}

/** Skips the object, array or string that begins at the next byte, without keeping it. */
export function skipValue(parts: SkipParts): Promise<void> {
  return scanValue(parts, forget);
}

/** Reads a string and returns it, still in quotes. @param maxBytes a longer one is a fault */
export async function readString(parts: SkipParts, maxBytes: number): Promise<string> {
  const { source, faults } = parts;
  const start = source.base + source.pos;
  await scanValue(parts, () => {
    if (source.base + source.pos - start > maxBytes) throw faults.here(`one key is over ${sizeWords(maxBytes)}`);
  });
  return parts.scanner.take()?.text ?? "";
}

function forget(scanner: RecordScanner): void {
  scanner.forget();
}

/** @param pieceEnds called before more bytes are fetched */
async function scanValue(
  { source, scanner, faults }: SkipParts,
  pieceEnds: (scanner: RecordScanner) => void,
): Promise<void> {
  scanner.begin();
  for (let found = scanner.scan(source); found !== "done"; found = scanner.scan(source)) {
    if (found === "fault")
      throw faults.here(isSeparated(source) ? NEXT_BEGINS : "an unescaped control character in a string");
    pieceEnds(scanner);
    if (!(await source.fill())) throw faults.cutOff();
  }
}

/** Skips a number, `true`, `false` or `null`. */
export async function skipLiteral({ source, faults }: SkipParts): Promise<void> {
  const start = source.base + source.pos;
  while ((await source.ahead(1)) && isLiteral(source.buffer[source.pos] as number)) source.pos++;
  if (source.base + source.pos === start) throw faults.here("a missing value");
}

function isSeparated({ buffer, pos, end }: ByteSource): boolean {
  return pos < end && buffer[pos] === SEPARATOR;
}

function isLiteral(byte: number): boolean {
  return byte > 0x20 && !'",:[]{}'.includes(String.fromCharCode(byte));
}
