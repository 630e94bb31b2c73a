import { isGzip, takeHeader, TextSum } from "./gzip-frame.ts";
import { inflate } from "./inflate.ts";
import { grouped } from "./grouped.ts";
import type { PackedBytes } from "./packed-bytes.ts";

/** Why the members end before the stream does, or not where they should. */
export interface GzipFault {
  readonly what: string;
  /** The place in words, and what of the text before it was read. */
  readonly why: string;
  /** The place, in bytes of the gzip data. */
  readonly at: number;
}

const BEFORE = "Everything before that place was read";
const DOUBT = "Damage is often found late: records of the same member may not be as they were written.";

/**
 * Unpacks members of gzip data to the end of the stream. Each by itself, since zlib's own reading of several neither goes on behind padding nor
 * hands over what it unpacked before a fault.
 * @returns the fault that stopped it
 */
export async function* unpackMembers(
  packed: PackedBytes,
): AsyncGenerator<Uint8Array, GzipFault | undefined, undefined> {
  do {
    const isWhole = await packed.more(2);
    if (!isWhole && packed.ahead[0] === 0x1f) return cutOff(packed);
    if (!isGzip(packed.ahead)) return garbage(packed.at);
    const fault = yield* unpackMember(packed);
    if (fault !== undefined) return fault;
  } while (await skipPadding(packed));
  return undefined;
}

async function* unpackMember(packed: PackedBytes): AsyncGenerator<Uint8Array, GzipFault | undefined, undefined> {
  const start = packed.at;
  const header = await takeHeader(packed);
  if (header === "cut") return cutOff(packed);
  if (header !== undefined) {
    return damaged("incorrect header check", start, `there is ${header.wrong}. ${BEFORE}.`);
  }
  const sum = new TextSum();
  const texts = inflate(packed);
  for (;;) {
    const next = await texts.next();
    if (next.done !== true) {
      sum.add(next.value);
      yield next.value;
    } else if (next.value.how === "damaged") {
      const { why, missing } = next.value;
      const but = missing === 0 ? "" : `, save up to ${grouped(missing)} bytes of text`;
      return damaged(why, packed.at, `the data cannot be unpacked. ${BEFORE}${but}. ${DOUBT}`);
    } else if (next.value.how === "cut") return cutOff(packed);
    else break;
  }
  const end = packed.at;
  const trailer = await sum.takeTrailer(packed);
  if (trailer === "cut") return cutOff(packed);
  if (trailer === undefined) return undefined;
  const why = `is the ${trailer.wrong} of the text of one member, and the text does not have it. ${BEFORE}. ${DOUBT}`;
  return damaged(`incorrect ${trailer.wrong === "size" ? "length" : "data"} check`, end, why);
}

/** @returns whether something follows the zero bytes that are next, if any */
async function skipPadding(packed: PackedBytes): Promise<boolean> {
  while (await packed.more()) {
    const end = packed.ahead.findIndex((byte) => byte !== 0);
    packed.take(end === -1 ? packed.ahead.length : end);
    if (end !== -1) return true;
  }
  return false;
}

function garbage(at: number): GzipFault {
  const what = "behind the gzip data is something that is none";
  return { what, at, why: `It begins at byte ${at}. ${BEFORE}.` };
}

function cutOff(packed: PackedBytes): GzipFault {
  // What is ahead is part of a header or of a trailer.
  return damaged("unexpected end of file", packed.at + packed.ahead.length, `it ends, inside a member. ${BEFORE}.`);
}

function damaged(reason: string, at: number, why: string): GzipFault {
  return { what: `the gzip data is damaged or was cut off (${reason})`, at, why: `At byte ${at} ${why}` };
}
