import type { PackedFormat } from "./packed-format.ts";

// The code that unpacks is loaded on demand, since loading zlib takes long for a small run.

const GZIP: PackedFormat = {
  name: "gzip",
  part: "member",
  magics: [[0x1f, 0x8b]],
  async *unpackPart(packed) {
    const { unpackMember } = await import("./unpack-member.ts");
    return yield* unpackMember(packed);
  },
};

const ZSTD: PackedFormat = {
  name: "zstd",
  part: "frame",
  // The second may be skipped: it holds no text.
  magics: [
    [0x28, 0xb5, 0x2f, 0xfd],
    [[0x50, 0x5f], 0x2a, 0x4d, 0x18],
  ],
  async *unpackPart(packed) {
    const { unpackFrame } = await import("./unpack-frame.ts");
    return yield* unpackFrame(packed);
  },
};

/** All supported formats. */
export const PACKED_FORMATS: readonly PackedFormat[] = [GZIP, ZSTD];
