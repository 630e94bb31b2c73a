import { CloudmarkerError } from "../errors.ts";
import { InputSize } from "./input-size.ts";
import { PackedBytes } from "./packed-bytes.ts";

const MAGIC = [0x1f, 0x8b] as const;

/**
 * The stream itself, or what it holds where it begins with the magic bytes of gzip. Members may follow each other, as `cat a.gz b.gz`
 * makes them; zero bytes behind a member are padding. What was unpacked is yielded before the error of a fault is thrown.
 * @throws CloudmarkerError `INPUT_MALFORMED`
 */
export async function* gunzip(
  source: AsyncIterable<Uint8Array>,
  name: string,
  size: InputSize = new InputSize(undefined),
): AsyncGenerator<Uint8Array, void, undefined> {
  const bytes = new PackedBytes(source);
  try {
    await bytes.more(MAGIC.length);
    const isPacked = MAGIC.every((byte, index) => bytes.ahead[index] === byte);
    size.readFrom(bytes, isPacked);
    if (isPacked) {
      // Loaded when needed: zlib is dear at the start of a small run.
      const { unpackMembers } = await import("./unpack-members.ts");
      const fault = yield* unpackMembers(bytes);
      if (fault === undefined) return;
      const { what, why, at } = fault;
      const advice = "Run `gzip -t` on the file, or write it again.";
      throw new CloudmarkerError("INPUT_MALFORMED", `${name}: ${what}`, {
        details: [why, size.unreadPacked(at), advice].filter(Boolean).join(" "),
      });
    }
    while (await bytes.more()) yield bytes.take(bytes.ahead.length);
  } finally {
    await bytes.close();
  }
}
