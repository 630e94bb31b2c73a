import type { PackedBytes } from "./packed-bytes.ts";

/** What is wrong with one part of packed data. */
export type PartFault =
  | "cut"
  | {
      /** In a few words. */
      readonly what: string;
      /** The same, as the rest of a sentence that begins with the place. */
      readonly why: string;
      /** The most bytes of text before the place that were not read. */
      readonly missing?: number;
      /** The place, in bytes of the packed data. */
      readonly at: number;
      /** What to do if the part is valid but not supported. */
      readonly advice?: string;
      /** The text may have been damaged before the place. */
      readonly isLate?: boolean;
    };

/** How packed data is recognised and unpacked. */
export interface PackedFormat {
  readonly name: "gzip" | "zstd";
  /** The format's word for one of its parts. Several parts may follow each other. */
  readonly part: string;
  /** The bytes that may begin a part: for each position a byte, or a range from the first to the last byte. */
  readonly magics: readonly (readonly (number | readonly [number, number])[])[];
  /** Unpacks the part that begins here, and takes no byte after it. Yields all text before a fault. */
  readonly unpackPart: (packed: PackedBytes) => AsyncGenerator<Uint8Array, PartFault | undefined, undefined>;
}

/** Whether bytes begin like one of these; `part` if there are too few bytes to decide. */
export function beginsLike(bytes: Uint8Array, magics: PackedFormat["magics"]): boolean | "part" {
  for (const magic of magics) {
    const length = Math.min(bytes.length, magic.length);
    const isAlike = magic.slice(0, length).every((wanted, at) => {
      const byte = bytes[at] as number;
      return typeof wanted === "number" ? byte === wanted : byte >= wanted[0] && byte <= wanted[1];
    });
    if (isAlike) return length === magic.length ? true : "part";
  }
  return false;
}
