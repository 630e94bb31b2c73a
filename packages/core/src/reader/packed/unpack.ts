import { errorOf } from "../../errors/error-of.ts";
import { grouped } from "../../grouped.ts";
import { InputSize } from "./input-size.ts";
import { PackedBytes } from "./packed-bytes.ts";
import { beginsLike, type PackedFormat, type PartFault } from "./packed-format.ts";
import { PACKED_FORMATS } from "./packed-formats.ts";

const BEFORE = "Everything before that place was read";

/** A fault in packed data. */
interface UnpackFault {
  readonly what: string;
  /** The place in words, and how much of the text before it was read. */
  readonly why: string;
  /** The place, in bytes of the packed data. */
  readonly at: number;
  readonly advice: string;
}

/**
 * Yields the stream itself or, if it begins like gzip or zstd data, the unpacked data. Such data may have several
 * parts, as `cat a.gz b.gz` makes them; zero bytes behind a part are padding. At a fault, it yields what was unpacked
 * and then throws the error.
 * @throws CloudmarkerError `INPUT_MALFORMED`
 */
export async function* unpack(
  source: AsyncIterable<Uint8Array>,
  name: string,
  size: InputSize = new InputSize(undefined),
): AsyncGenerator<Uint8Array, void, undefined> {
  const bytes = new PackedBytes(source);
  try {
    const format = await formatOf(bytes);
    size.readFrom(bytes, format?.name);
    if (format !== undefined) {
      const fault = yield* unpackParts(bytes, format);
      if (fault === undefined) return;
      const { what, why, at, advice } = fault;
      const read = [why, size.unreadPacked(at)].filter(Boolean).join(" ");
      throw errorOf("INPUT_MALFORMED", "packed", { input: name, what, read, advice });
    }
    while (await bytes.more()) yield bytes.take(bytes.ahead.length);
  } finally {
    await bytes.close();
  }
}

/** Waits for as few bytes as possible, since a producer may send a few bytes and then pause for long. */
async function formatOf(bytes: PackedBytes): Promise<PackedFormat | undefined> {
  for (let count = 1; await bytes.more(count); count++) {
    const alike = PACKED_FORMATS.map((format) => [format, beginsLike(bytes.ahead, format.magics)] as const);
    const found = alike.find(([, isAlike]) => isAlike === true);
    if (found !== undefined) return found[0];
    if (!alike.some(([, isAlike]) => isAlike === "part")) return undefined;
  }
  return undefined;
}

/**
 * Unpacks part by part. zlib could read several parts, but it stops at padding, and at a fault it drops what it has
 * unpacked.
 */
async function* unpackParts(
  packed: PackedBytes,
  format: PackedFormat,
): AsyncGenerator<Uint8Array, UnpackFault | undefined, undefined> {
  do {
    let isPart = beginsLike(packed.ahead, format.magics);
    while (isPart === "part" && (await packed.more(packed.ahead.length + 1))) {
      isPart = beginsLike(packed.ahead, format.magics);
    }
    if (isPart === "part") return faultOf("cut", packed, format);
    if (!isPart) return garbage(packed.at, format);
    const fault = yield* format.unpackPart(packed);
    if (fault !== undefined) return faultOf(fault, packed, format);
  } while (await skipPadding(packed));
  return undefined;
}

/** @returns whether something follows after the next zero bytes */
async function skipPadding(packed: PackedBytes): Promise<boolean> {
  while (await packed.more()) {
    const end = packed.ahead.findIndex((byte) => byte !== 0);
    packed.take(end === -1 ? packed.ahead.length : end);
    if (end !== -1) return true;
  }
  return false;
}

function garbage(at: number, { name }: PackedFormat): UnpackFault {
  const what = `the ${name} data is followed by bytes that are not ${name} data`;
  return { what, at, why: `It begins at byte ${at}. ${BEFORE}.`, advice: adviceOn(name) };
}

function faultOf(fault: PartFault, packed: PackedBytes, { name, part }: PackedFormat): UnpackFault {
  const damaged = `the ${name} data is damaged or was cut off`;
  const advice = adviceOn(name);
  if (fault === "cut") {
    // The bytes ahead are part of a header, a block or a trailer.
    const at = packed.at + packed.ahead.length;
    const why = `The data ends at byte ${at}, inside a ${part}. ${BEFORE}.`;
    return { what: `${damaged} (unexpected end of file)`, why, at, advice };
  }
  const { what, why, at, missing = 0, isLate } = fault;
  const but = missing === 0 ? "" : `, except up to ${grouped(missing)} bytes of text`;
  const doubt = `Damage is often found late: earlier records of the same ${part} may be wrong.`;
  const sentences = [`At byte ${at} ${why}. ${BEFORE}${but}.`, ...(isLate ? [doubt] : [])].join(" ");
  const isSound = fault.advice !== undefined;
  return { what: isSound ? what : `${damaged} (${what})`, why: sentences, at, advice: fault.advice ?? advice };
}

function adviceOn(name: string): string {
  return `Run \`${name} -t\` on the file, or write it again.`;
}
