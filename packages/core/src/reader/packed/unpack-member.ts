import { takeHeader, TextSum } from "./gzip-parts.ts";
import { inflate } from "./inflate.ts";
import type { PackedBytes } from "./packed-bytes.ts";
import type { PartFault } from "./packed-format.ts";

/** Unpacks one member of gzip data (RFC 1952). */
export async function* unpackMember(packed: PackedBytes): AsyncGenerator<Uint8Array, PartFault | undefined, undefined> {
  const start = packed.at;
  const header = await takeHeader(packed);
  if (header === "cut") return "cut";
  if (header !== undefined) return { what: "incorrect header check", at: start, why: `there is ${header.wrong}` };
  const sum = new TextSum();
  const texts = inflate(packed);
  for (;;) {
    const next = await texts.next();
    if (next.done !== true) {
      sum.add(next.value);
      yield next.value;
    } else if (next.value.how === "damaged") {
      const { why, missing } = next.value;
      return { what: why, at: packed.at, why: "the data cannot be unpacked", missing, isLate: true };
    } else if (next.value.how === "cut") return "cut";
    else break;
  }
  const end = packed.at;
  const trailer = await sum.takeTrailer(packed);
  if (trailer === undefined || trailer === "cut") return trailer;
  const what = `incorrect ${trailer.wrong === "size" ? "length" : "data"} check`;
  const why = `the ${trailer.wrong} of a member does not match its text`;
  return { what, at: end, why, isLate: true };
}
