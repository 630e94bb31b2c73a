import type { PackedBytes } from "./packed-bytes.ts";

/** What is wrong with one part of packed data. */
export type PartFault =
  | "cut"
  | {
      /** In a few words. */
      readonly what: string;
      /** The same in a sentence that begins with the place. */
      readonly why: string;
      /** Text in front of the place that was not read, at most. */
      readonly missing?: number;
      /** The place, in bytes of the packed data. */
      readonly at: number;
      /** The part is valid but cannot be read here: what to do. */
      readonly advice?: string;
      /** The text may have been damaged before the place. */
      readonly isLate?: boolean;
    };

/** How packed data is recognised and unpacked. */
export interface PackedFormat {
  readonly name: "gzip" | "zstd";
  /** What the format calls its parts, which may follow each other. */
  readonly part: string;
  /** What may begin a part: at each place the byte, or the range from the first to the last. */
  readonly magics: readonly (readonly (number | readonly [number, number])[])[];
  /** Unpacks the part that begins here, and takes no byte after it. All text before a fault is yielded. */
  readonly unpackPart: (packed: PackedBytes) => AsyncGenerator<Uint8Array, PartFault | undefined, undefined>;
}

/** Whether bytes begin like one of these; `part` where they are too few to tell. */
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
